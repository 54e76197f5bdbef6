using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Hosting;

/// <summary>The settings that the command line hands on to configuration, <c>--Section:Name VALUE</c>: what is misspelt is refused, not ignored.</summary>
internal static class SettingTokens
{
    private static readonly Dictionary<string, Type> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Log"] = typeof(EventLogOptions),
        ["State"] = typeof(StateStoreOptions),
        ["Ingest"] = typeof(IngestOptions),
        ["Partitions"] = typeof(PartitionOptions),
        ["Operators"] = typeof(OperatorOptions),
        ["Journeys"] = typeof(JourneyOptions),
        ["Catalog"] = typeof(CatalogOptions),
        ["Reports"] = typeof(ReportOptions),
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
        var parts = setting.Split(':');
        if (parts.Length != 2)
        {
            return $"'{setting}' is no option; see --help";
        }

        if (!Sections.TryGetValue(parts[0], out var options))
        {
            return $"there is no section {parts[0]}; the sections are {string.Join(", ", Sections.Keys)}";
        }

        var names = options.GetProperties().Where(property => property.CanWrite).Select(property => property.Name).ToList();
        return names.Contains(parts[1], StringComparer.OrdinalIgnoreCase) ? null : $"{parts[0]} has no {parts[1]}; it has {string.Join(", ", names)}";
    }
}
