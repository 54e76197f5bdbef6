using System.Text.Json;

namespace OrleansAnalytics.Tests;

/// <summary>
/// The sample files and their golden answers: the folder <c>shared/data</c> in or beside a folder above the tests, or
/// <c>$ORLEANS_ANALYTICS_SHARED/data</c>.
/// </summary>
public static class SharedData
{
    private const string Variable = "ORLEANS_ANALYTICS_SHARED";

    private static readonly Lazy<string> Root = new(Find);

    /// <summary>The path of a sample file, such as <c>golden/mangled-ids.json</c>.</summary>
    public static string Path(string name) => System.IO.Path.Combine(Root.Value, name);

    /// <summary>The golden answers of a sample by report, without the journeys.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Golden(string sample)
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(Path($"golden/{sample}.json")));
        return golden.RootElement.EnumerateObject().Where(answer => answer.Name != "journeys").ToDictionary(answer => answer.Name, answer => answer.Value.Clone());
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } told)
        {
            return System.IO.Path.Combine(told, "data");
        }

        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new DirectoryNotFoundException($"No folder shared/data in or beside a folder above {AppContext.BaseDirectory}; {Variable} can name it.");
    }
}
