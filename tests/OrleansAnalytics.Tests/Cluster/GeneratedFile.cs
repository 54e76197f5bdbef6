using OrleansAnalytics.Generator;
using OrleansAnalytics.Tests.Oracle;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>A generated shop with removals and dirt, and what the oracle says about it.</summary>
internal sealed class GeneratedFile
{
    public GeneratedFile(long events, ulong seed, double? days = null)
    {
        using var reader = new StreamReader(new ShopGenerator(new GeneratorOptions { Events = events, Seed = seed, Removals = true, Days = days }).OpenCsv());
        Lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Oracle = BatchOracle.FromLines(Lines);
    }

    /// <summary>The header and the rows.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>Rows, duplicates included.</summary>
    public int Rows => Lines.Count - 1;

    public BatchOracle Oracle { get; }
}
