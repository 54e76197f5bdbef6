using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>
/// Everything that can be asked about a shop as one JSON object: each report under its name, and <c>journeys</c>. The same shape as the golden files and
/// as what <c>demo --json</c> writes.
/// </summary>
internal static class Answers
{
    private const string Journeys = "journeys";
    private static readonly ReportCatalog Catalog = new(Options.Create(new ReportOptions()));

    /// <summary>The sample files with golden answers.</summary>
    public static IReadOnlyList<string> Samples { get; } = ["rees46-2019-10-01", "cosmetics-2022-10-01", "cosmetics-2022-11-01", "mangled-ids"];

    /// <summary>The samples, one after the other.</summary>
    public static TheoryData<string> EachSample => [.. Samples];

    /// <summary>The golden answers of a sample; where there is none, what the oracle answers.</summary>
    public static JsonObject Golden(string sample)
    {
        var golden = JsonNode.Parse(File.ReadAllText(SharedData.Path($"golden/{sample}.json")))!.AsObject();
        var tallies = BatchOracle.From(SharedData.Path($"{sample}.csv")).Tallies;
        foreach (var report in Catalog.All.Where(report => !golden.ContainsKey(report.Name)))
        {
            golden[report.Name] = JsonNode.Parse(report.Compute(tallies).Json);
        }

        return golden;
    }

    /// <summary>The users whose journeys a golden file holds.</summary>
    public static IReadOnlyList<string> Users(JsonObject answers) => [.. answers[Journeys]!.AsObject().Select(journey => journey.Key)];

    /// <summary>What the oracle answers, with the journeys of these users.</summary>
    public static JsonObject Of(BatchOracle oracle, IEnumerable<string> users)
    {
        var answers = new JsonObject();
        foreach (var report in Catalog.All)
        {
            answers[report.Name] = JsonNode.Parse(report.Compute(oracle.Tallies).Json);
        }

        answers[Journeys] = new JsonObject(users.Select(user => KeyValuePair.Create(user, (JsonNode?)oracle.Journeys[user].ToJson())));
        return answers;
    }

    /// <summary>What the grains answer.</summary>
    public static async Task<JsonObject> OfAsync(IGrainFactory grains, IEnumerable<string> users)
    {
        var answers = new JsonObject();
        foreach (var name in ReportNames.All)
        {
            var report = await grains.GetGrain<IReportGrain>(name).GetAsync();
            answers[name] = JsonNode.Parse(report!.Json);
        }

        var asked = users.Select(async user => (User: user, Journey: await grains.GetGrain<IUserGrain>(user).GetJourneyAsync(null, null)));
        answers[Journeys] = new JsonObject((await Task.WhenAll(asked)).Select(one => KeyValuePair.Create(one.User, (JsonNode?)Golden(one.Journey))));
        return answers;
    }

    /// <summary>Fails with the first difference.</summary>
    public static void AssertEqual(JsonObject expected, JsonObject actual) => Assert.Null(Difference(expected, actual));

    /// <summary>The first difference; null if there is none.</summary>
    public static string? Difference(JsonObject expected, JsonObject actual) =>
        JsonEquality.Difference(JsonSerializer.SerializeToElement(expected), JsonSerializer.SerializeToElement(actual));

    /// <summary>The same answers without how many events arrived and how many of them were repeats.</summary>
    public static JsonObject WithoutRepeats(JsonObject answers)
    {
        var copy = answers.DeepClone().AsObject();
        var ingest = copy[ReportNames.Ingest]!.AsObject();
        ingest.Remove("received");
        ingest.Remove("duplicates");
        return copy;
    }

    /// <summary>A number of the report on ingestion.</summary>
    public static long Ingested(JsonObject answers, string what) => answers[ReportNames.Ingest]![what]!.GetValue<long>();

    /// <summary>A journey in the shape of the golden files.</summary>
    public static JsonObject? Golden(Journey? journey)
    {
        if (journey is null)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        JourneyJson.WriteGolden(buffer, journey);
        return JsonNode.Parse(buffer.WrittenSpan)!.AsObject();
    }
}
