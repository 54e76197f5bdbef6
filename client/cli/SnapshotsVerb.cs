using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Snapshots;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>snapshots write|list [--kind hour|day|month] [--lake DIR --out DIR] [--most N] [--lateness TIME] [--json]</c></summary>
internal sealed class SnapshotsVerb
{
    private const string Write = "write";
    private const string List = "list";
    private const int MostListed = 1000;

    private static readonly string[] Numbers = ["events", "version", "reports", "files", "KB"];

    private readonly Argument<string> _action = new("ACTION") { Description = "write: what is due now, the oldest first. list: what there is, the latest first." };
    private readonly Option<string?> _kind = new("--kind") { Description = "Of hours, days or months alone. Default: all." };
    private readonly Option<DirectoryInfo?> _out = new("--out") { Description = "The snapshots' folder, without a server.", HelpName = "DIR" };
    private readonly Option<int?> _most = new("--most") { Description = "Periods of each kind at most. Default: the server's limit, or all of a folder; 30 of a list." };
    private readonly Option<TimeSpan> _lateness = new("--lateness")
    {
        Description = "With --lake: how long after its end, in event time, a period stays open to late events.",
        HelpName = "HH:MM:SS",
        DefaultValueFactory = _ => TimeSpan.FromHours(1),
    };

    private readonly Option<bool> _json = new("--json") { Description = "As JSON." };
    private readonly LakeSourceOptions _lake = new();
    private readonly ServerOptions _server = new();

    public static Command Create() => new SnapshotsVerb().Build();

    private Command Build()
    {
        _action.AcceptOnlyFromAmong(Write, List);
        _kind.AcceptOnlyFromAmong([.. PeriodKinds.All.Select(kind => kind.Name())]);
        _most.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > 1_000_000)
                result.AddError("--most takes a number from 1.");
        });
        _lateness.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<TimeSpan>() < TimeSpan.Zero)
                result.AddError("--lateness takes a time such as 01:00:00.");
        });
        var command = new Command(
            "snapshots",
            """
            Snapshots of closed hours, days and months: every report of that period alone as Parquet and CSV, a page with charts, and a manifest. A server writes them by itself.

            Examples:
              orleans-analytics snapshots list --kind day
              orleans-analytics snapshots write
              orleans-analytics snapshots write --lake data/lake --out data/snapshots
            """)
        {
            _action, _kind, _out, _most, _lateness, _json,
        };
        _lake.AddTo(command);
        _server.AddTo(command);
        command.Validators.Add(result =>
        {
            var writes = result.GetValue(_action) == Write;
            if (writes && _lake.IsTold(result) != (result.GetResult(_out) is not null))
                result.AddError("snapshots write takes --lake DIR and --out DIR together, or a server.");
            if (!writes && _lake.IsTold(result))
                result.AddError("snapshots list takes --out DIR, or a server.");
        });
        command.SetAction((parsed, stop) => parsed.GetValue(_action) == Write ? WriteAsync(parsed, stop) : ListAsync(parsed, stop));
        return command;
    }

    private IReadOnlyList<PeriodKind> Kinds(ParseResult parsed) => parsed.GetValue(_kind) is { } name ? [PeriodKinds.Find(name)!.Value] : PeriodKinds.All;

    private static DirectorySnapshotStore Store(DirectoryInfo folder) => new(folder.FullName, DirectorySnapshotStore.DefaultKeepReplaced, TimeProvider.System);

    private async Task<int> WriteAsync(ParseResult parsed, CancellationToken stop)
    {
        var failed = 0;
        foreach (var kind in Kinds(parsed))
        {
            var run = parsed.GetValue(_out) is { } folder
                ? await new SnapshotWriter(_lake.Folder(parsed), Store(folder), _lake.Query(parsed), parsed.GetValue(_lateness), TimeProvider.System)
                    .RunAsync(kind, parsed.GetValue(_most) ?? int.MaxValue, cancellationToken: stop)
                : await FromServerAsync(parsed, kind, stop);
            failed += run.Failed.Count;
            foreach (var period in run.Written)
                Console.Out.WriteLine($"{period}: written");
            foreach (var (period, reason) in run.Failed)
                await Console.Error.WriteLineAsync($"{period}: {Printer.Plain(reason)}");
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind.Name()}: {run.Written.Count:N0} written, {run.StillDue:N0} still due"));
        }

        return failed == 0 ? CommandLine.Success : CommandLine.Failed;
    }

    private async Task<SnapshotRun> FromServerAsync(ParseResult parsed, PeriodKind kind, CancellationToken stop)
    {
        using var client = _server.Read(parsed).ForLake(_lake.Patience(parsed));
        return await client.WriteSnapshotsAsync(kind, parsed.GetValue(_most), stop);
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken stop)
    {
        var manifests = new List<PeriodManifest>();
        foreach (var kind in Kinds(parsed))
        {
            var limit = parsed.GetValue(_most) ?? 30;
            manifests.AddRange(parsed.GetValue(_out) is { } folder
                ? await SnapshotList.LatestAsync(Store(folder), kind, limit, stop)
                : await FromServerAsync(parsed, kind, Math.Min(limit, MostListed), stop));
        }

        if (parsed.GetValue(_json))
            Console.Out.WriteLine($"[{string.Join(",", manifests.Select(manifest => JsonDocument.Parse(manifest.ToUtf8()).RootElement.GetRawText()))}]");
        else
            Print(manifests);
        return CommandLine.Success;
    }

    private async Task<IReadOnlyList<PeriodManifest>> FromServerAsync(ParseResult parsed, PeriodKind kind, int limit, CancellationToken stop)
    {
        using var client = _server.Read(parsed).ForQuestions();
        return await client.ListSnapshotsAsync(kind, limit, stop);
    }

    private static void Print(List<PeriodManifest> manifests)
    {
        var table = new Table().AddColumns("period", "kind").AddColumns(
            [.. Numbers.Select(name => new TableColumn(name).RightAligned())]).AddColumns("latest event", "written");
        foreach (var one in manifests)
        {
            table.AddRow([.. new[]
            {
                one.Period, one.Kind, Number(one.Events), Number(one.Version), Number(one.Reports.Count), Number(one.Files.Count),
                Number(one.Files.Values.Sum(file => file.Bytes) / 1000), one.LatestEvent ?? "–", one.Written ?? "–",
            }.Select(cell => Markup.Escape(Printer.Plain(cell)))]);
        }

        AnsiConsole.Write(table);
    }

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
