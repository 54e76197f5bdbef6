using System.CommandLine;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Cli;

/// <summary><c>report [NAME] [--json|--csv]</c></summary>
internal static class ReportVerb
{
    public static Command Create()
    {
        var name = new Argument<string?>("NAME") { Description = "The report; without it, the names are listed.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "As JSON." };
        var csv = new Option<bool>("--csv") { Description = "As CSV." };
        var rows = new Option<int>("--rows") { Description = "Rows of the table at most.", DefaultValueFactory = _ => 30 };
        rows.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
                result.AddError("--rows takes a number from 1.");
        });
        var server = new ServerOptions();
        var command = new Command(
            "report",
            """
            Read a report as of now.

            Examples:
              orleans-analytics report
              orleans-analytics report cart_abandonment
              orleans-analytics report brands --csv > brands.csv
            """)
        {
            name, json, csv, rows,
        };
        server.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(csv))
                result.AddError("--json or --csv, not both.");
        });
        command.SetAction((parsed, stop) =>
            RunAsync(server.Read(parsed), parsed.GetValue(name), parsed.GetValue(json), parsed.GetValue(csv), parsed.GetValue(rows), stop));
        return command;
    }

    private static async Task<int> RunAsync(Server server, string? name, bool json, bool csv, int rows, CancellationToken stop)
    {
        if (name is null)
        {
            foreach (var known in ReportNames.All)
                Console.Out.WriteLine(known);
            return CommandLine.Success;
        }

        using var client = server.ForQuestions();
        if (json)
        {
            Printer.Json(await client.GetReportAsync(name, stop));
            return CommandLine.Success;
        }

        var text = await client.GetReportCsvAsync(name, stop);
        if (csv)
            await Console.Out.WriteAsync(text);
        else
            ReportTableView.Print(name, text, rows);
        return CommandLine.Success;
    }
}
