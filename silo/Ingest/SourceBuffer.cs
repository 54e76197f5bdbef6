using System.Buffers;

namespace OrleansAnalytics.Ingest;

/// <summary>A window onto a stream: what was read and not yet consumed, in one piece. Grows only as far as whoever consumes lets it.</summary>
/// <param name="stream">The text; not closed.</param>
public sealed class SourceBuffer(Stream stream) : IDisposable
{
    private const int InitialBytes = 128 * 1024;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _start;
    private int _end;

    /// <summary>Bytes consumed since the beginning.</summary>
    public long Offset { get; private set; }

    /// <summary>True if the stream has ended: nothing follows <see cref="Unread"/>.</summary>
    public bool IsLast { get; private set; }

    /// <summary>What was read and not yet consumed; holds until the next <see cref="FillAsync"/>.</summary>
    public ReadOnlyMemory<byte> Unread => _bytes.AsMemory(_start, _end - _start);

    /// <summary>Leaves bytes behind.</summary>
    public void Consume(int bytes)
    {
        _start += bytes;
        Offset += bytes;
    }

    /// <summary>Reads some more, or finds that the stream has ended.</summary>
    public async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            Unread.CopyTo(_bytes);
            _end -= _start;
            _start = 0;
        }

        if (_end == _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_bytes.Length * 2);
            Unread.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        var read = await stream.ReadAsync(_bytes.AsMemory(_end), cancellationToken);
        _end += read;
        IsLast = read == 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        _start = _end = 0;
    }
}
