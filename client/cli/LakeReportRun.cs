using System.CommandLine;
using System.Text.Json;
using OrleansAnalytics.Charts;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Cli;

/// <summary>Reports out of the lake: of a folder, or of a server.</summary>
/// <param name="lake">Which lake.</param>
/// <param name="server">Which server, if no folder is told.</param>
/// <param name="parsed">The command line.</param>
internal sealed class LakeReportRun(LakeSourceOptions lake, Server server, ParseResult parsed)
{
    /// <summary>One report as JSON.</summary>
    public async Task<JsonElement> JsonAsync(string name, CancellationToken stop)
    {
        if (lake.IsFolder(parsed))
        {
            using var json = JsonDocument.Parse(FromFolder(name, stop).Json);
            return json.RootElement.Clone();
        }

        using var client = server.ForLake(lake.Patience(parsed));
        return await client.GetLakeReportAsync(name, stop);
    }

    /// <summary>One report as CSV.</summary>
    public async Task<string> CsvAsync(string name, CancellationToken stop)
    {
        if (!lake.IsFolder(parsed))
        {
            using var client = server.ForLake(lake.Patience(parsed));
            return await client.GetLakeReportCsvAsync(name, stop);
        }

        await using var text = new StringWriter();
        await ReportCsv.WriteAsync(text, FromFolder(name, stop).Table, stop);
        return text.ToString();
    }

    /// <summary>All reports of a folder, and the journeys of some users, in one JSON file (see <see cref="ReportFile"/>).</summary>
    public async Task AllAsync(string path, IReadOnlyCollection<string> users, long memory, CancellationToken stop)
    {
        using var database = lake.Open(parsed, memory: memory);
        var steps = new ReportSteps();
        LakeReports.Share(database, steps, stop);
        var reports = LakeReports.All.Select(report => Run(database, report.Name, steps, stop)).ToList();
        await ReportFile.WriteAsync(path, reports, LakeJourneys.Run(database, users, stop), stop);
        steps.End();
    }

    /// <summary>The page of a folder's lake, or of one period of it.</summary>
    public async Task PageAsync(string path, Period? period, long memory, CancellationToken stop)
    {
        using var database = lake.Open(parsed, period, memory);
        var steps = new ReportSteps();
        LakeReports.Share(database, steps, stop);
        await File.WriteAllTextAsync(path, LakePage.Of(database, name => Run(database, name, steps, stop), stop), stop);
        steps.End();
    }

    private static Report Run(LakeDatabase database, string name, ReportSteps steps, CancellationToken stop)
    {
        steps.Report(name);
        return LakeReports.Run(database, name, stop);
    }

    private Report FromFolder(string name, CancellationToken stop)
    {
        using var database = lake.Open(parsed);
        return LakeReports.Run(database, name, stop);
    }
}
