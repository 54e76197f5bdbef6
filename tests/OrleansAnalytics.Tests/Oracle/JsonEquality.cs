using System.Text.Json;
using OrleansAnalytics.Cli;

namespace OrleansAnalytics.Tests.Oracle;

/// <summary>Equality of JSON by value, as <see cref="JsonDifferences"/> defines it.</summary>
public static class JsonEquality
{
    /// <summary>The first difference as <c>$.path: expected … but was …</c>, or null if there is none.</summary>
    public static string? Difference(JsonElement expected, JsonElement actual, string path = "$") =>
        JsonDifferences.Between(expected, actual).Select(first => $"{path}.{first.Path}: expected {Shown(first.Live)} but was {Shown(first.Lake)}").FirstOrDefault();

    private static string Shown(string? text) => text is null ? "nothing" : text.Length > 80 ? text[..80] + "…" : text;
}
