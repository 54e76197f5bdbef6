using System.Runtime.CompilerServices;

namespace OrleansAnalytics.Client;

/// <summary>Cuts a file into <see cref="RecordChunk"/>s at line ends. Neither parses nor changes the lines: that is the server's part.</summary>
public static class RecordChunker
{
    private const int LongestLine = 256 * 1024 * 1024;

    /// <summary>The format by a file's name: <c>.json</c>, <c>.ndjson</c>, <c>.jsonl</c> (each also with <c>.gz</c>) are JSON lines, all others CSV.</summary>
    public static RecordFormat FormatOf(string fileName)
    {
        ArgumentNullException.ThrowIfNull(fileName);
        var name = fileName.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? fileName[..^3] : fileName;
        return Path.GetExtension(name).ToUpperInvariant() is ".JSON" or ".NDJSON" or ".JSONL" ? RecordFormat.JsonLines : RecordFormat.Csv;
    }

    /// <summary>Reads chunks.</summary>
    /// <param name="records">The file; read forward to its end, stays open.</param>
    /// <param name="format">Its format.</param>
    /// <param name="chunkBytes">About how long a chunk is; a longer line makes a longer one.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidDataException">A line is longer than 256 MiB.</exception>
    public static async IAsyncEnumerable<RecordChunk> ReadAsync(
        Stream records, RecordFormat format, int chunkBytes, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(records);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunkBytes);
        var buffer = new byte[chunkBytes];
        byte[]? header = format == RecordFormat.Csv ? null : [];
        var filled = 0;
        var next = 1L;
        for (var ended = false; !ended;)
        {
            var read = await records.ReadAtLeastAsync(buffer.AsMemory(filled), buffer.Length - filled, false, cancellationToken).ConfigureAwait(false);
            ended = read < buffer.Length - filled;
            filled += read;
            var begin = 0;
            if (header is null && TakeHeader(buffer.AsSpan(0, filled), ended) is { } first)
            {
                header = first;
                begin = first.Length;
            }

            var end = ended ? filled : buffer.AsSpan(0, filled).LastIndexOf((byte)'\n') + 1;
            if (header is { } known && end > begin)
            {
                var count = CountRecords(buffer.AsSpan(begin, end - begin));
                if (count > 0)
                    yield return new RecordChunk(Join(known, buffer.AsSpan(begin, end - begin)), next, count);
                next += count;
                begin = end;
            }

            buffer.AsSpan(begin, filled - begin).CopyTo(buffer);
            filled -= begin;
            if (filled == buffer.Length)
                Array.Resize(ref buffer, filled < LongestLine ? filled * 2 : throw new InvalidDataException("a line is longer than 256 MiB"));
        }
    }

    private static byte[]? TakeHeader(ReadOnlySpan<byte> bytes, bool ended)
    {
        var length = bytes.IndexOf((byte)'\n') + 1;
        if (length > 0)
            return bytes[..length].ToArray();
        return ended ? bytes.ToArray() : null;
    }

    private static int CountRecords(ReadOnlySpan<byte> lines)
    {
        var count = 0;
        while (!lines.IsEmpty)
        {
            var length = lines.IndexOf((byte)'\n');
            var line = length < 0 ? lines : lines[..length];
            if (!line.Trim(" \t\r"u8).IsEmpty)
                count++;
            lines = length < 0 ? default : lines[(length + 1)..];
        }
        return count;
    }

    private static byte[] Join(ReadOnlySpan<byte> header, ReadOnlySpan<byte> lines)
    {
        var body = GC.AllocateUninitializedArray<byte>(header.Length + lines.Length);
        header.CopyTo(body);
        lines.CopyTo(body.AsSpan(header.Length));
        return body;
    }
}
