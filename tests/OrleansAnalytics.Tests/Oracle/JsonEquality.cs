using System.Text.Json;

namespace OrleansAnalytics.Tests.Oracle;

/// <summary>Equality of JSON by value: numbers as numbers (<c>33.20</c> = <c>33.2</c>), properties in any order.</summary>
public static class JsonEquality
{
    /// <summary>The first difference as <c>$.path: expected … but was …</c>, or null if there is none.</summary>
    public static string? Difference(JsonElement expected, JsonElement actual, string path = "$")
    {
        var differs = $"{path}: expected {Shown(expected)} but was {Shown(actual)}";
        if (expected.ValueKind != actual.ValueKind)
        {
            return differs;
        }

        return expected.ValueKind switch
        {
            JsonValueKind.Object => OfObjects(expected, actual, path),
            JsonValueKind.Array when expected.GetArrayLength() != actual.GetArrayLength() => differs,
            JsonValueKind.Array => Enumerable.Range(0, expected.GetArrayLength())
                .Select(index => Difference(expected[index], actual[index], $"{path}[{index}]"))
                .FirstOrDefault(difference => difference is not null),
            JsonValueKind.Number => expected.GetDecimal() == actual.GetDecimal() ? null : differs,
            JsonValueKind.String => expected.GetString() == actual.GetString() ? null : differs,
            _ => null,
        };
    }

    private static string? OfObjects(JsonElement expected, JsonElement actual, string path)
    {
        foreach (var property in expected.EnumerateObject())
        {
            if (!actual.TryGetProperty(property.Name, out var value))
            {
                return $"{path}.{property.Name}: is missing";
            }

            if (Difference(property.Value, value, $"{path}.{property.Name}") is { } difference)
            {
                return difference;
            }
        }

        var surplus = actual.EnumerateObject().FirstOrDefault(property => !expected.TryGetProperty(property.Name, out _));
        return surplus.Value.ValueKind == JsonValueKind.Undefined ? null : $"{path}.{surplus.Name}: is too many";
    }

    private static string Shown(JsonElement element) => element.GetRawText() is var text && text.Length > 80 ? text[..80] + "…" : text;
}
