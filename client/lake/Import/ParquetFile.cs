using System.Buffers.Binary;

namespace OrleansAnalytics.Lake.Import;

/// <summary>What is done to a Parquet file after the database has written it.</summary>
internal static class ParquetFile
{
    private const int TailBytes = 8;

    /// <summary>
    /// Says in the file's schema that the event time is UTC. The database writes milliseconds only as local times (<c>isAdjustedToUTC = false</c>), and UTC only
    /// in microseconds; the difference is one bit of the footer, of which the length stays the same.
    /// </summary>
    /// <exception cref="InvalidDataException">The schema does not begin with such a column.</exception>
    public static void MarkUtc(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        Span<byte> tail = stackalloc byte[TailBytes];
        var end = RandomAccess.GetLength(file) - TailBytes;
        RandomAccess.Read(file, tail, end);
        var start = end - BinaryPrimitives.ReadInt32LittleEndian(tail);
        var footer = new byte[Math.Min(end - start, 4096)];
        RandomAccess.Read(file, footer, start);

        // Thrift's compact form of LogicalType { TIMESTAMP { isAdjustedToUTC: false, unit: MILLIS } }; the event time is the first column.
        ReadOnlySpan<byte> local = [0x8c, 0x12, 0x1c, 0x1c, 0x00, 0x00];
        var at = footer.AsSpan().IndexOf(local);
        if (at < 0)
        {
            throw new InvalidDataException($"{path} has no timestamp in milliseconds");
        }

        const byte adjusted = 0x11;
        RandomAccess.Write(file, [adjusted], start + at + 1);
    }

    /// <summary>Makes a file durable.</summary>
    public static void Flush(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }
}
