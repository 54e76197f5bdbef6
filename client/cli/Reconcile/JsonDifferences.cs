using System.Text.Json;

namespace OrleansAnalytics.Cli;

/// <summary>One place where two answers differ.</summary>
/// <param name="Path">Where: <c>2019-10-01.view</c>; empty for the whole.</param>
/// <param name="Live">What the live side says; null if it says nothing there.</param>
/// <param name="Lake">What the lake says; null if it says nothing there.</param>
internal sealed record JsonDifference(string Path, string? Live, string? Lake);

/// <summary>Compares two answers by what they say: the order of an object's members does not matter, and numbers are compared exactly, however they are written.</summary>
internal static class JsonDifferences
{
    /// <summary>All differences, in the order of the live answer.</summary>
    public static IReadOnlyList<JsonDifference> Between(JsonElement live, JsonElement lake)
    {
        var found = new List<JsonDifference>();
        Compare("", live, lake, found);
        return found;
    }

    private static void Compare(string path, JsonElement? live, JsonElement? lake, List<JsonDifference> found)
    {
        switch (live?.ValueKind, lake?.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                foreach (var name in live!.Value.EnumerateObject().Concat(lake!.Value.EnumerateObject()).Select(member => member.Name).Distinct(StringComparer.Ordinal))
                    Compare(path.Length == 0 ? name : $"{path}.{name}", Member(live.Value, name), Member(lake.Value, name), found);
                break;
            case (JsonValueKind.Array, JsonValueKind.Array):
                var (ours, theirs) = (live!.Value.GetArrayLength(), lake!.Value.GetArrayLength());
                for (var i = 0; i < Math.Max(ours, theirs); i++)
                    Compare($"{path}[{i}]", i < ours ? live.Value[i] : null, i < theirs ? lake.Value[i] : null, found);
                break;
            default:
                if (!IsEqual(live, lake))
                    found.Add(new JsonDifference(path, live?.GetRawText(), lake?.GetRawText()));
                break;
        }
    }

    private static JsonElement? Member(JsonElement element, string name) => element.TryGetProperty(name, out var member) ? member : null;

    private static bool IsEqual(JsonElement? live, JsonElement? lake) => (live, lake) switch
    {
        ({ ValueKind: JsonValueKind.Number } one, { ValueKind: JsonValueKind.Number } other) => one.GetDecimal() == other.GetDecimal(),
        ({ } one, { } other) => one.ValueKind == other.ValueKind && (one.ValueKind != JsonValueKind.String || one.GetString() == other.GetString()),
        _ => live is null && lake is null,
    };
}
