using System.Buffers;
using System.Runtime.CompilerServices;
using OrleansAnalytics.Client;

namespace OrleansAnalytics.Cli;

/// <summary>
/// Hands out a file's lines when they are due, with their event times moved. It knows the first and last event time it has seen, so that a
/// next round can follow on.
/// </summary>
/// <param name="pacer">Says when a line is due.</param>
/// <param name="time">The clock.</param>
internal sealed class Replay(Pacer pacer, TimeProvider time)
{
    /// <summary>Lines due within this many milliseconds go together; a request for each second of a slow replay is enough.</summary>
    public const int TogetherMs = 100;

    /// <summary>Bytes after which a chunk goes out although more is due.</summary>
    public const int ChunkBytes = 256 * 1024;

    /// <summary>Milliseconds added to every event time.</summary>
    public long MoveByMs { get; set; }

    /// <summary>The lowest event time seen, as moved; long.MaxValue before the first.</summary>
    public long FirstMs { get; private set; } = long.MaxValue;

    /// <summary>The highest event time seen, as moved; long.MinValue before the first.</summary>
    public long LastMs { get; private set; } = long.MinValue;

    /// <summary>The same records in chunks that are due. Ends early, without an exception, when it is stopped.</summary>
    public async IAsyncEnumerable<RecordChunk> PaceAsync(
        IAsyncEnumerable<RecordChunk> chunks, RecordFormat format, CancellationToken stop, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        EventTimeField? field = null;
        await foreach (var chunk in chunks.WithCancellation(cancellationToken))
        {
            var headerLength = format == RecordFormat.Csv ? chunk.Body.Span.IndexOf((byte)'\n') + 1 : 0;
            field ??= FieldOf(chunk, format, headerLength);
            var pending = new PendingChunk(chunk.Body[..headerLength], chunk.FirstRecord);
            for (var at = headerLength; at < chunk.Body.Length;)
            {
                var length = chunk.Body.Span[at..].IndexOf((byte)'\n') + 1;
                var line = length > 0 ? chunk.Body.Slice(at, length) : chunk.Body[at..];
                at += line.Length;
                var wait = WaitFor(line.Span, field);
                if (pending.Records > 0 && (wait > TogetherMs || pending.Length > ChunkBytes))
                    yield return pending.Take();
                if (wait > TogetherMs && !await WaitAsync(wait, stop))
                    yield break;
                if (stop.IsCancellationRequested)
                    yield break;
                pending.Add(MoveByMs == 0 ? line.Span : field.Move(line.Span, MoveByMs));
            }
            if (pending.Records > 0)
                yield return pending.Take();
        }
    }

    private static EventTimeField FieldOf(RecordChunk chunk, RecordFormat format, int headerLength)
    {
        var firstLine = headerLength > 0 ? headerLength : chunk.Body.Span.IndexOf((byte)'\n');
        return EventTimeField.For(format, firstLine > 0 ? chunk.Body.Span[..firstLine] : chunk.Body.Span);
    }

    private long WaitFor(ReadOnlySpan<byte> line, EventTimeField field)
    {
        // A line without a time goes with its neighbours; the server will say what is wrong with it.
        if (!field.TryRead(line, out var eventMs))
            return 0;
        eventMs += MoveByMs;
        FirstMs = Math.Min(FirstMs, eventMs);
        LastMs = Math.Max(LastMs, eventMs);
        return pacer.Due(eventMs) - time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    private async Task<bool> WaitAsync(long milliseconds, CancellationToken stop)
    {
        // Timers reach 49 days; a gap in the data may be longer.
        for (; milliseconds > 0 && !stop.IsCancellationRequested; milliseconds -= int.MaxValue)
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Min(milliseconds, int.MaxValue)), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stop.IsCancellationRequested;
    }

    /// <summary>Lines that wait to be handed out together.</summary>
    private sealed class PendingChunk(ReadOnlyMemory<byte> header, long firstRecord)
    {
        private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);
        private long _next = firstRecord;

        public int Records { get; private set; }

        public long Length => _lines.WrittenCount;

        public void Add(ReadOnlySpan<byte> line)
        {
            if (line.Trim(" \t\r\n"u8).IsEmpty)
                return;
            if (Records == 0)
                _lines.Write(header.Span);
            _lines.Write(line);
            Records++;
        }

        public RecordChunk Take()
        {
            var chunk = new RecordChunk(_lines.WrittenSpan.ToArray(), _next, Records);
            _next += Records;
            Records = 0;
            _lines.ResetWrittenCount();
            return chunk;
        }
    }
}
