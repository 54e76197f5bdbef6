using System.Buffers;
using System.IO.Compression;
using System.IO.Pipelines;

namespace OrleansAnalytics.Ingest;

/// <summary>Unpacks gzip where there is gzip. The first bytes decide, as names and headers are often wrong and a proxy may have unpacked already.</summary>
public static class GzipSource
{
    private static ReadOnlySpan<byte> Magic => [0x1f, 0x8b];

    /// <summary>The text of <paramref name="pipe"/>.</summary>
    /// <param name="pipe">What came; looked at, not consumed.</param>
    /// <param name="packed">The same as a stream.</param>
    /// <param name="cancellationToken">Stops waiting for the first bytes.</param>
    public static async ValueTask<Stream> UnpackAsync(PipeReader pipe, Stream packed, CancellationToken cancellationToken)
    {
        var first = await pipe.ReadAtLeastAsync(Magic.Length, cancellationToken);
        var isGzip = StartsWithMagic(first.Buffer);
        pipe.AdvanceTo(first.Buffer.Start);
        return isGzip ? new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true) : packed;
    }

    private static bool StartsWithMagic(ReadOnlySequence<byte> beginning)
    {
        var reader = new SequenceReader<byte>(beginning);
        return reader.IsNext(Magic);
    }
}
