using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>A hash that is the same in every process: it is stored in checkpoints.</summary>
public static class StoredHash
{
    /// <summary>XXH3 of the text's UTF-16 code units, little-endian.</summary>
    public static ulong Of(string text) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(text.AsSpan()));
}
