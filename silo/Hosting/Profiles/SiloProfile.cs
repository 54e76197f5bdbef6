using Microsoft.Extensions.Configuration.Memory;

namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>A name for settings that go together. It says what the parts are when nothing else does: any setting overrides it.</summary>
internal static class SiloProfile
{
    /// <summary>The profile of a node that is told none: one process, one folder, nothing to install.</summary>
    public const string Default = "embedded";

    private static readonly Dictionary<string, IReadOnlyDictionary<NodePart, string>> Presets = new(StringComparer.OrdinalIgnoreCase)
    {
        [Default] = Parts(state: "rocksdb", log: "rocksdb", lake: "directory", reports: "directory", cluster: "localhost"),
        ["postgres"] = Parts(state: "postgres", log: "kafka", lake: "directory", reports: "directory", cluster: "postgres"),
        ["azure"] = Parts(state: "azure-tables", log: "kafka", lake: "azure-blobs", reports: "azure-blobs", cluster: "postgres"),
    };

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> Names => Presets.Keys;

    /// <summary>Puts the profile's settings below all others; an unknown profile has none.</summary>
    public static void AddTo(IConfigurationBuilder configuration, string profile)
    {
        if (Presets.TryGetValue(profile, out var preset))
        {
            var settings = preset.Select(part => KeyValuePair.Create(part.Key.Setting, (string?)part.Value));
            configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = settings });
        }
    }

    private static Dictionary<NodePart, string> Parts(string state, string log, string lake, string reports, string cluster) => new()
    {
        [NodeParts.State] = state,
        [NodeParts.Log] = log,
        [NodeParts.Lake] = lake,
        [NodeParts.Reports] = reports,
        [NodeParts.Cluster] = cluster,
    };
}
