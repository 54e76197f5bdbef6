using System.IO.Hashing;
using System.Runtime.InteropServices;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>A hash that is the same in every process: it is stored in checkpoints.</summary>
public static class StoredHash
{
    /// <summary>XXH3 of the text's UTF-16 code units, little-endian.</summary>
    public static ulong Of(string text) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan()));

    /// <summary>The same, computed once for a text that is known.</summary>
    public static ulong Of(KnownText? known, string text)
    {
        if (known is null)
        {
            return Of(text);
        }

        return known.Hash == 0 ? known.Hash = Of(text) : known.Hash;
    }
}
