using System.CommandLine;
using OrleansAnalytics.Lake.Import;

namespace OrleansAnalytics.Cli;

/// <summary><c>pages FILE</c> and <c>spend FILE</c>: answers about one file, without a server or a lake.</summary>
internal static class FileSummaryVerbs
{
    public static Command Pages()
    {
        var byUrl = new Option<bool>("--by-url") { Description = "Also visits, time and the average time of a visit for each URL, after an empty line." };
        var command = new Command(
            "pages",
            """
            Summarise a file of page visits as CSV: interactions, users, the most visited URL, and the time on all pages by user, in seconds.

            Examples:
              orleans-analytics pages user_visited.csv
              orleans-analytics pages --by-url user_visited.csv --output pages.csv
            """)
        {
            byUrl,
        };
        return Complete(command, (summary, parsed, file, stop) => summary.PagesOf(file, parsed.GetValue(byUrl), stop));
    }

    public static Command Spend() => Complete(
        new Command(
            "spend",
            """
            What every customer spent on every day, as CSV, from a file of order lines (or of events with purchases).

            Examples:
              orleans-analytics spend customer_input.txt
              orleans-analytics spend 2019-Oct.csv.gz --output spend.csv
            """),
        (summary, _, file, stop) => summary.SpendOf(file, stop));

    private static Command Complete(Command command, Func<FileSummary, ParseResult, string, CancellationToken, string> ask)
    {
        var file = new Argument<string>("FILE") { Description = "CSV, CSV in gzip, or Parquet." };
        var output = new Option<string?>("--output", "-o") { Description = "The file to write (default: standard output).", HelpName = "FILE" };
        command.Add(file);
        command.Add(output);
        command.SetAction(async (parsed, stop) =>
        {
            var summary = new FileSummary(new ImportOptions(), TimeProvider.System);
            var answer = await Task.Run(() => ask(summary, parsed, parsed.GetRequiredValue(file), stop), CancellationToken.None);
            if (parsed.GetValue(output) is { } path)
                await File.WriteAllTextAsync(path, answer, stop);
            else
                await Console.Out.WriteAsync(answer);
            return CommandLine.Success;
        });
        return command;
    }
}
