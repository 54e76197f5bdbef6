using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting.Profiles;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.PostgreSql;
using OrleansAnalytics.Redis;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Hosting;

/// <summary>The settings that the command line hands on to configuration, <c>--Section:Name VALUE</c>: what is misspelt is refused, not ignored.</summary>
internal static class SettingTokens
{
    /// <summary>The options of each section.</summary>
    internal static readonly Dictionary<string, Type> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Storage"] = typeof(StorageOptions),
        ["Cluster"] = typeof(ClusteringOptions),
        ["PostgreSql"] = typeof(PostgreSqlOptions),
        ["Redis"] = typeof(RedisOptions),
        ["Azure"] = typeof(AzureOptions),
        ["Log"] = typeof(EventLogOptions),
        ["Log:Kafka"] = typeof(KafkaLogOptions),
        ["State"] = typeof(StateStoreOptions),
        ["Ingest"] = typeof(IngestOptions),
        ["Partitions"] = typeof(PartitionOptions),
        ["Operators"] = typeof(OperatorOptions),
        ["Journeys"] = typeof(JourneyOptions),
        ["Catalog"] = typeof(CatalogOptions),
        ["Reports"] = typeof(ReportOptions),
        ["Lake"] = typeof(LakeOptions),
        ["Lake:Compaction"] = typeof(LakeCompactionOptions),
        ["Lake:Query"] = typeof(LakeQueryOptions),
        ["Snapshots"] = typeof(SnapshotOptions),
    };

    /// <summary>What is wrong with the tokens that the command line does not know itself; empty if nothing is.</summary>
    public static IReadOnlyList<string> Errors(IReadOnlyList<string> tokens)
    {
        var errors = new List<string>();
        for (var i = 0; i < tokens.Count; i++)
        {
            var (setting, hasValue) = Split(tokens[i]);
            if (Complaint(setting) is { } complaint)
            {
                errors.Add(complaint);
                continue;
            }

            if (!hasValue && ++i == tokens.Count)
            {
                errors.Add($"--{setting} needs a value");
            }
        }

        return errors;
    }

    private static (string Setting, bool HasValue) Split(string token)
    {
        var name = token.StartsWith("--", StringComparison.Ordinal) ? token[2..] : token;
        var equals = name.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (name, false) : (name[..equals], true);
    }

    private static string? Complaint(string setting)
    {
        // A section may lie in another: Lake:Query:MaxRows.
        var colon = setting.LastIndexOf(':');
        if (colon < 0)
        {
            return $"'{setting}' is no option; see --help";
        }

        var (section, name) = (setting[..colon], setting[(colon + 1)..]);
        if (!Sections.TryGetValue(section, out var options))
        {
            return $"there is no section {section}; the sections are {string.Join(", ", Sections.Keys)}";
        }

        var names = options.GetProperties().Where(property => property.CanWrite).Select(property => property.Name).ToList();
        return names.Contains(name, StringComparer.OrdinalIgnoreCase) ? null : $"{section} has no {name}; it has {string.Join(", ", names)}";
    }
}
