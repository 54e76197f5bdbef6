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

    // By their events: as many users have fewer as have more; one in a hundred has more; nobody has more.
    private const string SomeUsers = """
        WITH users AS (SELECT user_id, count(*) AS events FROM events GROUP BY user_id),
        placed AS (SELECT *, row_number() OVER (ORDER BY events, user_id) AS place, count(*) OVER () AS users FROM users)
        SELECT user_id FROM placed WHERE place IN (greatest(1, users // 2), greatest(1, users * 99 // 100), users) ORDER BY place
        """;

    private static readonly string[] Names = ["the median user", "one user in a hundred", "the busiest user"];

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
        table.Add(PhaseMeter.Measure("all reports before compaction", () => Reports(lake, cancellationToken)));
        table.Add(PhaseMeter.Measure("compact", () => Compact(lake, cancellationToken)));
        table.Add(PhaseMeter.Measure("all reports", () => Reports(lake, cancellationToken)));
        foreach (var (name, user) in UsersOf(lake, cancellationToken))
        {
            // The second time, as a question to a node that has been asked before.
            History(lake, user, cancellationToken);
            table.Add(PhaseMeter.Measure($"history of {name}", () => History(lake, user, cancellationToken)));
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
        var result = new LakeCompactor(lake, new LakeCompactionOptions { Threads = Environment.ProcessorCount }, TimeProvider.System).Run(null, cancellationToken);
        return $"{Number(result.FilesBefore, "files")} of {Number(result.Hours, "hours")}; the users of {Number(result.FilesIndexed, "files")} indexed, {Number(result.FilesDigested, "files")} digested";
    }

    private static IEnumerable<(string Name, string User)> UsersOf(LakeFolder lake, CancellationToken cancellationToken)
    {
        using var database = LakeDatabase.Open(lake, new LakeQueryOptions { TimeLimit = Longest, Threads = Environment.ProcessorCount });
        var users = new SqlRunner(database).Rows(new SqlQuery(SomeUsers), cancellationToken).Rows;
        return users.Select((row, place) => (Names[place], (string)row[0]!));
    }

    private static string History(LakeFolder lake, string user, CancellationToken cancellationToken)
    {
        using var database = LakeDatabase.Open(lake, user: user);
        return Number(LakePast.Of(database, user, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(), 0, long.MaxValue, cancellationToken).Steps.Count, "steps");
    }

    private static string Number(long number, string of) => number.ToString("N0", CultureInfo.InvariantCulture) + " " + of;
}
