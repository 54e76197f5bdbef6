using System.Globalization;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>Parts of a checkpoint that are numbered in the order in which they were begun.</summary>
internal static class PartNumbers
{
    /// <summary>The numbers of the parts whose names are <paramref name="prefix"/> and a number, in their order.</summary>
    public static List<long> Of(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts, string prefix)
    {
        var numbers = new List<long>();
        foreach (var part in parts.Keys)
        {
            if (part.StartsWith(prefix, StringComparison.Ordinal) && long.TryParse(part.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }
}
