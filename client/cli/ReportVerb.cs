using System.CommandLine;
using System.Text.Json;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Cli;

/// <summary>
/// <c>report [NAME] [--from live|lake] [--lake DIR] [--json|--csv]</c>, <c>report --all --from lake --lake DIR --json FILE [--users ID,ID]</c> and
/// <c>report --from lake --lake DIR --html FILE [--day DAY]</c>
/// </summary>
internal sealed class ReportVerb
{
    private const string Live = "live";
    private const string Lake = "lake";

    private readonly Argument<string?> _name = new("NAME") { Description = "The report; without it, the names are listed.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string> _from = new("--from") { Description = "What computes it: the live grains, or SQL over the lake, which has more reports.", DefaultValueFactory = _ => Live };
    private readonly Option<string?> _json = new("--json") { Description = "As JSON; with --all to this file.", Arity = ArgumentArity.ZeroOrOne, HelpName = "FILE" };
    private readonly Option<bool> _csv = new("--csv") { Description = "As CSV." };
    private readonly Option<int> _rows = new("--rows") { Description = "Rows of the table at most.", DefaultValueFactory = _ => 30 };
    private readonly Option<bool> _all = new("--all") { Description = "All reports of a lake's folder." };
    private readonly Option<string?> _users = new("--users") { Description = "With --all: journeys of these users, separated by commas.", HelpName = "ID,ID" };
    private readonly Option<FileInfo?> _html = new("--html") { Description = "One page with charts, which opens without a server, to this file.", HelpName = "FILE" };
    private readonly Option<Period?> _day = new("--day")
    {
        Description = "With --html: of this day alone (2019-10-01).",
        HelpName = "DAY",
        CustomParser = result =>
        {
            var day = Period.Find(PeriodKind.Day, result.Tokens[0].Value);
            if (day is null)
                result.AddError("--day takes a day such as 2019-10-01.");
            return day;
        },
    };

    private readonly Option<double> _memory = new("--memory")
    {
        Description = "With --all or --html: gigabytes of memory for what the reports share; the rest is spilled.",
        HelpName = "GB",
        DefaultValueFactory = _ => 2.75,
    };

    private readonly LakeSourceOptions _lake = new();
    private readonly ServerOptions _server = new();

    public static Command Create() => new ReportVerb().Build();

    private Command Build()
    {
        _from.AcceptOnlyFromAmong(Live, Lake);
        _rows.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--rows takes a number from 1.");
        });
        var command = new Command(
            "report",
            """
            Read a report as of now, or compute it from the lake.

            Examples:
              orleans-analytics report
              orleans-analytics report cart_abandonment
              orleans-analytics report brands --csv > brands.csv
              orleans-analytics report funnel --from lake --lake data/lake
              orleans-analytics report --all --from lake --lake data/lake --json reports.json
              orleans-analytics report --from lake --lake data/lake --html report.html
            """)
        {
            _name, _from, _json, _csv, _rows, _all, _users, _html, _day, _memory,
        };
        _lake.AddTo(command);
        _server.AddTo(command);
        _memory.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.125 and <= 1024))
                result.AddError("--memory takes gigabytes from 0.125 to 1024.");
        });
        command.Validators.Add(result =>
        {
            var isLake = result.GetValue(_from) == Lake;
            if (result.GetResult(_json) is not null && result.GetValue(_csv))
                result.AddError("--json or --csv, not both.");
            if (_lake.IsTold(result) && !isLake)
                result.AddError("--lake is for --from lake.");
            if (result.GetValue(_all) && (!isLake || !_lake.IsTold(result) || result.GetValue(_json) is null || result.GetValue(_name) is not null))
                result.AddError("--all takes --from lake, --lake DIR and --json FILE, and no name.");
            if (result.GetResult(_html) is not null && (!isLake || !_lake.IsTold(result) || result.GetValue(_all) || result.GetResult(_json) is not null || result.GetValue(_csv) || result.GetValue(_name) is not null))
                result.AddError("--html takes --from lake and --lake DIR, and no name.");
            if (result.GetResult(_day) is not null && result.GetResult(_html) is null)
                result.AddError("--day is for --html FILE.");
            if (result.GetResult(_memory) is { Implicit: false } && !result.GetValue(_all) && result.GetResult(_html) is null)
                result.AddError("--memory is for --all and --html FILE.");
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        var lake = parsed.GetValue(_from) == Lake ? new LakeReportRun(_lake, _server.Read(parsed), parsed) : null;
        if (parsed.GetValue(_all))
        {
            var users = parsed.GetValue(_users)?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
            await lake!.AllAsync(parsed.GetValue(_json)!, users, Memory(parsed), stop);
            return CommandLine.Success;
        }

        if (parsed.GetValue(_html) is { } page)
        {
            await lake!.PageAsync(page.FullName, parsed.GetValue(_day), Memory(parsed), stop);
            Console.Out.WriteLine($"Written to {page.FullName}");
            return CommandLine.Success;
        }

        // "report --json brands": a name that stands behind the option is no file.
        var name = parsed.GetValue(_name) ?? parsed.GetValue(_json);
        if (name is null)
        {
            foreach (var known in lake is null ? ReportNames.All : LakeReports.All.Select(report => report.Name))
                Console.Out.WriteLine(known);
            return CommandLine.Success;
        }

        if (lake is not null && LakeReports.Find(name) is null)
            throw new ArgumentException($"there is no report {name} of the lake; orleans-analytics report --from lake lists them");
        if (parsed.GetResult(_json) is not null)
        {
            Printer.Json(lake is null ? await LiveJsonAsync(parsed, name, stop) : await lake.JsonAsync(name, stop));
            return CommandLine.Success;
        }

        var text = lake is null ? await LiveCsvAsync(parsed, name, stop) : await lake.CsvAsync(name, stop);
        if (parsed.GetValue(_csv))
            await Console.Out.WriteAsync(text);
        else
            ReportTableView.Print(name, text, parsed.GetValue(_rows), isReport: true);
        return CommandLine.Success;
    }

    private long Memory(ParseResult parsed) => (long)(parsed.GetValue(_memory) * (1L << 30));

    private async Task<JsonElement> LiveJsonAsync(ParseResult parsed, string name, CancellationToken stop)
    {
        using var client = _server.Read(parsed).ForQuestions();
        return await client.GetReportAsync(name, stop);
    }

    private async Task<string> LiveCsvAsync(ParseResult parsed, string name, CancellationToken stop)
    {
        using var client = _server.Read(parsed).ForQuestions();
        return await client.GetReportCsvAsync(name, stop);
    }
}
