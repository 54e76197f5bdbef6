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
            name, json, csv,
        };
        server.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(csv))
                result.AddError("--json or --csv, not both.");
        });
        command.SetAction((parsed, stop) =>
            RunAsync(server.Read(parsed), parsed.GetValue(name), parsed.GetValue(json), parsed.GetValue(csv), stop));
        return command;
    }

    private static async Task<int> RunAsync(Server server, string? name, bool json, bool csv, CancellationToken stop)
    {
        if (name is null)
        {
            foreach (var known in ReportNames.All)
                Console.Out.WriteLine(known);
            return CommandLine.Success;
        }

        using var client = server.ForQuestions();
        if (csv)
        {
            await Console.Out.WriteAsync(await client.GetReportCsvAsync(name, stop));
            return CommandLine.Success;
        }
        var report = await client.GetReportAsync(name, stop);
        if (json)
            Printer.Json(report);
        else
            Printer.Value(name, report);
        return CommandLine.Success;
    }
}
