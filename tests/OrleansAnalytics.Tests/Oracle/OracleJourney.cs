using System.Globalization;
using System.Text.Json.Nodes;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Tests.Oracle;

/// <summary>One user's events by event time, then line.</summary>
public sealed record OracleJourney(IReadOnlyList<OracleRow> Steps, int Sessions)
{
    /// <summary>Sum of purchases.</summary>
    public decimal Revenue => Steps.Where(step => step.Kind == EventKind.Purchase).Sum(step => step.Price);

    /// <summary>The shape of the golden files.</summary>
    public JsonObject ToJson() => new()
    {
        ["events"] = Steps.Count,
        ["kinds"] = new JsonObject(Steps
            .GroupBy(step => step.Kind)
            .Select(kind => KeyValuePair.Create(kind.Key.Name(), (JsonNode?)kind.Count()))),
        ["sessions"] = Sessions,
        ["revenue"] = Revenue,
        ["steps"] = new JsonArray(Steps.Select(step => (JsonNode)new JsonArray(
            DateTimeOffset.FromUnixTimeMilliseconds(step.TimeMs).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            step.Kind.Name(),
            step.Product,
            step.Price)).ToArray()),
    };
}
