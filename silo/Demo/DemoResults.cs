using System.Buffers;
using System.Globalization;
using System.Text.Json.Nodes;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Reports;
using Spectre.Console;

namespace OrleansAnalytics.Demo;

/// <summary>Shows and writes what the grains answer.</summary>
internal sealed class DemoResults(IGrainFactory grains, ReportCatalog catalog, IAnsiConsole console)
{
    private const int StepsShown = 12;

    /// <summary>Prints every report and the journeys asked for, and writes them to <paramref name="json"/> if given.</summary>
    public async Task ShowAsync(IReadOnlyList<string> users, FileInfo? json, CancellationToken cancellationToken)
    {
        var reports = new List<Report>();
        foreach (var definition in catalog.All)
        {
            var report = await grains.GetGrain<IReportGrain>(definition.Name).GetAsync();
            reports.Add(report ?? throw new InvalidOperationException($"no report {definition.Name}"));
            ReportConsole.Write(console, reports[^1]);
        }

        var journeys = new JsonObject();
        foreach (var user in users)
        {
            var journey = await grains.GetGrain<IUserGrain>(user).GetJourneyAsync(null, null);
            Show(user, journey);
            if (journey is not null)
            {
                journeys[user] = Golden(journey);
            }
        }

        if (json is not null)
        {
            await ReportFile.WriteAsync(json.FullName, reports, journeys, cancellationToken);
            console.WriteLine();
            console.WriteLine($"Reports written to {json.FullName}");
        }
    }

    private static JsonNode? Golden(Journey journey)
    {
        var buffer = new ArrayBufferWriter<byte>();
        JourneyJson.WriteGolden(buffer, journey);
        return JsonNode.Parse(buffer.WrittenSpan);
    }

    private void Show(string user, Journey? journey)
    {
        console.WriteLine();
        if (journey is null)
        {
            console.WriteLine($"Journey of {user}: unknown user");
            return;
        }

        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Journey of {user}: {journey.Events:N0} events in {journey.SessionCount:N0} sessions, revenue {journey.Revenue}, {journey.OpenCart.Count} in the cart"));
        var steps = journey.Sessions.SelectMany(session => session.Steps).OrderBy(step => step.Time).ToList();
        foreach (var step in steps.Take(StepsShown))
        {
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {step.Time:yyyy-MM-dd HH:mm:ss}  {Events.EventKinds.Name(step.Kind),-16} {step.Subject,-14} {step.Price,10}"));
        }

        if (steps.Count > StepsShown)
        {
            console.WriteLine($"  … and {steps.Count - StepsShown} more steps");
        }
    }
}
