using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Client;
using OrleansAnalytics.Reports;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary><c>reconcile [--day D]</c>: the live reports against the same reports computed from the lake.</summary>
internal static class ReconcileVerb
{
    private const int DifferencesShown = 20;

    // Reports whose answer is an object with a member for each day.
    private static readonly string[] ByDay = [ReportNames.UniqueVisitorsPerDay, ReportNames.DailyEvents];

    private static readonly TimeSpan LongestQuestion = TimeSpan.FromMinutes(10);

    public static Command Create()
    {
        var day = new Option<string?>("--day") { Description = "Only the reports that tell days apart, and of them this day (2019-10-01).", HelpName = "DAY" };
        var tries = new Option<int>("--tries") { Description = "How often a report is compared again before it counts as different: while events come in, the two sides are asked at different moments.", DefaultValueFactory = _ => 3 };
        day.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } given && !DateOnly.TryParseExact(given, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
                result.AddError("--day takes a day such as 2019-10-01.");
        });
        tries.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 100)
                result.AddError("--tries takes a number from 1 to 100.");
        });
        var server = new ServerOptions();
        var command = new Command(
            "reconcile",
            """
            Compare every live report with the same report computed from the lake, and print the differences. There should be none; exit code 1 says that there are.

            The lake is first brought up to what the server has applied. What was imported into the lake and never sent to the server is a difference.

            Examples:
              orleans-analytics reconcile
              orleans-analytics reconcile --day 2019-10-01
            """)
        {
            day, tries,
        };
        server.AddTo(command);
        command.SetAction((parsed, stop) => RunAsync(server.Read(parsed), parsed.GetValue(day), parsed.GetValue(tries), stop));
        return command;
    }

    private static async Task<int> RunAsync(Server server, string? day, int tries, CancellationToken stop)
    {
        using var client = server.ForLake(LongestQuestion);
        var different = 0;
        foreach (var name in day is null ? ReportNames.All : ByDay)
        {
            var differences = await CompareAsync(client, name, day, tries, stop);
            different += differences.Count > 0 ? 1 : 0;
            Print(name, differences);
        }

        Console.Out.WriteLine(different == 0 ? "The live side and the lake agree." : $"{different} reports differ.");
        return different == 0 ? CommandLine.Success : CommandLine.Failed;
    }

    private static async Task<IReadOnlyList<JsonDifference>> CompareAsync(AnalyticsClient client, string name, string? day, int tries, CancellationToken stop)
    {
        while (true)
        {
            await client.WriteLakeAsync(stop);
            var live = Part(await client.GetReportAsync(name, stop), day);
            var lake = Part(await client.GetLakeReportAsync(name, stop), day);
            var differences = JsonDifferences.Between(live, lake);
            if (differences.Count == 0 || --tries == 0)
                return differences;
        }
    }

    private static JsonElement Part(JsonElement report, string? day) =>
        day is null ? report : report.TryGetProperty(day, out var part) ? part : JsonSerializer.SerializeToElement(new object());

    private static void Print(string name, IReadOnlyList<JsonDifference> differences)
    {
        if (differences.Count == 0)
        {
            Console.Out.WriteLine($"{name}: equal");
            return;
        }

        var table = new Table().Title($"{name}: {differences.Count} differences");
        foreach (var column in (string[])["where", "live", "lake"])
            table.AddColumn(column);
        foreach (var (path, live, lake) in differences.Take(DifferencesShown))
            table.AddRow(Markup.Escape(Printer.Plain(path)), Markup.Escape(Printer.Plain(live ?? "–")), Markup.Escape(Printer.Plain(lake ?? "–")));
        AnsiConsole.Write(table);
    }
}
