namespace OrleansAnalytics.Cli;

/// <summary>A stream whose first byte can be looked at before it is read.</summary>
internal sealed class FirstByteStream : Stream
{
    private readonly Stream _inner;
    private bool _isTaken;

    public FirstByteStream(Stream inner)
    {
        _inner = inner;
        First = inner.ReadByte();
        _isTaken = First < 0;
    }

    /// <summary>The first byte; −1 if the stream is empty.</summary>
    public int First { get; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => TakeFirst(buffer.AsSpan(offset, count)) ? 1 : _inner.Read(buffer, offset, count);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        TakeFirst(buffer.Span) ? 1 : await _inner.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
        base.Dispose(disposing);
    }

    private bool TakeFirst(Span<byte> buffer)
    {
        if (_isTaken || buffer.IsEmpty)
            return false;
        _isTaken = true;
        buffer[0] = (byte)First;
        return true;
    }
}
