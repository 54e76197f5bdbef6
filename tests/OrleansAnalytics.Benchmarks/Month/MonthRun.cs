using System.Globalization;
using OrleansAnalytics.Benchmarks.Results;
using OrleansAnalytics.Benchmarks.Workloads;
using OrleansAnalytics.Generator;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Import;

namespace OrleansAnalytics.Benchmarks.Month;

/// <summary>A month of history, from a file to answers: import, all reports, compaction, and what one user did.</summary>
/// <param name="events">Rows of the file.</param>
/// <param name="memoryBytes">Memory for what the reports share.</param>
/// <param name="seed">Of the generated events.</param>
internal sealed class MonthRun(long events, long memoryBytes, ulong seed)
{
    /// <summary>The rows of October 2019 in the shop whose distributions are generated.</summary>
    public const long October = 42_448_764;

    private const int Histories = 5;

    private const string BusyUser = "SELECT user_id FROM events WHERE date = (SELECT min(date) FROM events) GROUP BY user_id ORDER BY count(*) DESC, user_id LIMIT 1";

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Runs all phases, one after the other.</summary>
    public ResultTable Run(CancellationToken cancellationToken)
    {
        using var work = new WorkFolder();
        var table = new ResultTable(["phase", "what came of it", "wall s", "CPU s", "peak MB"], textColumns: 2);
        var file = Path.Combine(work.Create("shop"), "shop.csv");
        var lake = new LakeFolder(work.Create("lake"));
        table.Add(PhaseMeter.Measure("generate the file", () => Generate(file, cancellationToken)));
        table.Add(PhaseMeter.Measure("import", () => Import(lake, file, cancellationToken)));
        File.Delete(file);
        table.Add(PhaseMeter.Measure("all reports", () => Reports(lake, cancellationToken)));
        table.Add(PhaseMeter.Measure("compact", () => Compact(lake, cancellationToken)));
        var user = UserOf(lake, cancellationToken);
        for (var run = 1; run <= Histories; run++)
        {
            table.Add(PhaseMeter.Measure($"one user's history, {run} of {Histories}", () => History(lake, user, cancellationToken)));
        }

        return table;
    }

    private string Generate(string file, CancellationToken cancellationToken)
    {
        using var stream = File.Create(file);
        new ShopGenerator(new GeneratorOptions { Events = events, Seed = seed }).WriteCsv(stream, null, cancellationToken);
        return Number(stream.Length, "bytes");
    }

    private static string Import(LakeFolder lake, string file, CancellationToken cancellationToken)
    {
        new LakeImport(lake, new ImportOptions(), TimeProvider.System).Run(file, null, cancellationToken);
        return $"{Number(LakeManifest.FilesOf(lake.Read()).Sum(one => one.Rows), "events")} in {Number(LakeManifest.FilesOf(lake.Read()).Count, "files")}";
    }

    private string Reports(LakeFolder lake, CancellationToken cancellationToken)
    {
        var options = new LakeQueryOptions { TimeLimit = Longest, MemoryLimitBytes = memoryBytes, Threads = Environment.ProcessorCount, MaxReportRows = 10_000_000 };
        using var database = LakeDatabase.Open(lake, options);
        LakeReports.Share(database, cancellationToken: cancellationToken);
        var rows = LakeReports.All.Sum(report => (long)LakeReports.Run(database, report.Name, cancellationToken).Table.Rows.Count);
        return $"{Number(LakeReports.All.Count, "reports")}, {Number(rows, "rows")}";
    }

    private static string Compact(LakeFolder lake, CancellationToken cancellationToken)
    {
        var result = new LakeCompactor(lake, new LakeCompactionOptions(), TimeProvider.System).Run(null, cancellationToken);
        return $"{Number(result.FilesBefore, "files")} of {Number(result.Hours, "hours")}; the users of {Number(result.FilesIndexed, "files")} indexed";
    }

    private static string UserOf(LakeFolder lake, CancellationToken cancellationToken)
    {
        using var database = LakeDatabase.Open(lake);
        return (string)new SqlRunner(database).Rows(new SqlQuery(BusyUser), cancellationToken).Rows[0][0]!;
    }

    private static string History(LakeFolder lake, string user, CancellationToken cancellationToken)
    {
        using var database = LakeDatabase.Open(lake, user: user);
        return Number(LakePast.Of(database, user, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(), 0, long.MaxValue, cancellationToken).Steps.Count, "steps");
    }

    private static string Number(long number, string of) => number.ToString("N0", CultureInfo.InvariantCulture) + " " + of;
}
