using System.CommandLine;
using OrleansAnalytics.Client;
using OrleansAnalytics.Lake;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary>All verbs, and what a program may rely on: the exit codes, and one line on the error output when something fails.</summary>
public static class CommandLine
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>The server, a file or the data did not allow it, or there is no such thing.</summary>
    public const int Failed = 1;

    /// <summary>The command line makes no sense.</summary>
    public const int Usage = 2;

    /// <summary>Ended by Ctrl-C before it was done; what a shell says of a program that an interrupt ended.</summary>
    public const int Stopped = 130;

    private const int RedirectedWidth = 240;

    /// <summary>Runs one command line.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            await Console.Error.WriteLineAsync($"error: {parsed.Errors[0].Message} (orleans-analytics --help)");
            return Usage;
        }

        if (Console.IsOutputRedirected)
        {
            // A file or a pipe has no width of its own; cut and wrapped cells are no use to grep.
            AnsiConsole.Profile.Width = RedirectedWidth;
        }

        // Ctrl-C lets the batch in flight finish; only a server that hangs is not waited for.
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };
        try
        {
            return await parsed.InvokeAsync(invocation);
        }
        catch (Exception exception) when (Explain(exception) is { } line)
        {
            await Console.Error.WriteLineAsync("error: " + line);
            return exception switch { ArgumentException => Usage, OperationCanceledException => Stopped, _ => Failed };
        }
    }

    /// <summary>The command tree.</summary>
    internal static RootCommand Root() => new(
        """
        Live analytics for a web shop: send events, look things up, read reports.

        Exit codes: 0 done; 1 the server, a file or the data did not allow it, or there is no such thing; 2 wrong command line; 130 stopped by Ctrl-C.

        Examples:
          orleans-analytics generate --events 100000 -o shop.csv
          orleans-analytics ingest shop.csv
          orleans-analytics journey 541312140
          orleans-analytics report brands
          orleans-analytics import 2019-Oct.csv.gz
          orleans-analytics sql "SELECT brand, count(*) FROM events GROUP BY brand"
        """)
    {
        IngestVerb.Create(), JourneyVerb.Create(), LookupVerbs.Product(), LookupVerbs.Category(), LookupVerbs.Brand(), LookupVerbs.Page(),
        ReportVerb.Create(), SqlVerb.Create(), SnapshotsVerb.Create(), ReconcileVerb.Create(), StatusVerb.Create(), DeadLettersVerb.Create(), GenerateVerb.Create(), LoadVerb.Create(),
        ImportVerb.Create(), BackfillVerb.Create(), LakeVerb.Create(), FileSummaryVerbs.Pages(), FileSummaryVerbs.Spend(), DownloadVerb.Create(),
    };

    /// <summary>One line for a failure that is not a defect of this program; null for a defect.</summary>
    internal static string? Explain(Exception exception) => exception switch
    {
        SendFailedException { InnerException: { } inner } failed =>
            $"{Explain(inner)} Acknowledged: {failed.AcknowledgedRecords} records.",
        AnalyticsUnreachableException unreachable =>
            $"{unreachable.Message.TrimEnd('.')}. Is the silo running? Start it with: dotnet run -c Release --project silo",
        AnalyticsRequestException { Status: System.Net.HttpStatusCode.Unauthorized } refused =>
            $"{refused.Message.TrimEnd('.')}. Give the server's key with --key or in {Server.KeyVariable}.",
        System.Text.Json.JsonException => $"a file could not be read: {exception.Message}",
        AnalyticsRequestException or SqlException or IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException => exception.Message,
        OperationCanceledException => "stopped.",
        _ => null,
    };
}
