using System.IO.Pipelines;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// Reads a body or file, however large, into a session: unpack, divide into records, parse, validate, append. Memory is bounded by the limits of the
/// door and does not depend on the size of the text.
/// </summary>
public static class EventSource
{
    private const int PeekBytes = 64 * 1024;

    /// <summary>Reads to the end and completes when the log has acknowledged all of it. gzip is recognised by its first bytes.</summary>
    /// <param name="stream">The text, as it is or in gzip; not closed.</param>
    /// <param name="format">How it divides into records; null = by how it begins.</param>
    /// <param name="session">Takes the records.</param>
    /// <param name="maxBytes">The longest text, unpacked; null for no limit. A longer one breaks off there.</param>
    /// <param name="progress">Told now and then how many bytes of unpacked text are done.</param>
    /// <param name="cancellationToken">Stops reading; records already appended stay.</param>
    /// <returns>Where the text broke off, or null if it was whole. What came before the break is appended; a record cut by it is not.</returns>
    /// <exception cref="SourceException">The text is empty, has wrong columns or another beginning than its format; nothing was appended.</exception>
    /// <exception cref="Events.EventLogUnavailableException">The log took no more; the session's counts say how far it came.</exception>
    public static async ValueTask<SourceBreak?> ReadAsync(
        Stream stream,
        RecordFormat? format,
        IngestSession session,
        long? maxBytes = null,
        IProgress<long>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: PeekBytes, leaveOpen: true));
        await using var packed = pipe.AsStream();
        Stream? unpacked = null;
        SourceBuffer? buffer = null;
        try
        {
            unpacked = await GzipSource.UnpackAsync(pipe, packed, cancellationToken);
            buffer = new SourceBuffer(unpacked);
            var known = await BeginAsync(buffer, format, cancellationToken);
            var broken = await ReadRecordsAsync(buffer, known, session, maxBytes, progress, cancellationToken);
            await session.FlushAsync(cancellationToken);
            return broken;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            await session.FlushAsync(cancellationToken);
            return new SourceBreak(buffer?.Offset ?? 0, exception.Message);
        }
        finally
        {
            buffer?.Dispose();
            if (unpacked is not null)
            {
                await unpacked.DisposeAsync();
            }
        }
    }

    private static async ValueTask<RecordFormat> BeginAsync(SourceBuffer buffer, RecordFormat? format, CancellationToken cancellationToken)
    {
        do
        {
            await buffer.FillAsync(cancellationToken);
        }
        while (!buffer.IsLast && !IsEnough(buffer.Unread.Span, format));

        if (buffer.Unread.Span.StartsWith("\uFEFF"u8))
        {
            buffer.Consume("\uFEFF"u8.Length);
        }

        if (buffer.IsLast && buffer.Unread.Span.TrimStart(" \t\r\n"u8).IsEmpty)
        {
            throw new SourceException(SourceProblem.Empty, "there is nothing in it");
        }

        return RecordFormats.Resolve(format, buffer.Unread.Span);
    }

    private static bool IsEnough(ReadOnlySpan<byte> beginning, RecordFormat? format) =>
        beginning.Length >= PeekBytes || (format == RecordFormat.Binary || BinaryFraming.IsBeginning(beginning)
            ? beginning.Length >= BinaryEvents.Beginning.Length
            : beginning.TrimStart(" \t\r\n"u8).Contains((byte)'\n'));

    private static async ValueTask<SourceBreak?> ReadRecordsAsync(
        SourceBuffer buffer, RecordFormat format, IngestSession session, long? maxBytes, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        var records = new RecordLoop(format, session);
        while (true)
        {
            if (buffer.Offset + buffer.Unread.Length > maxBytes)
            {
                return new SourceBreak(buffer.Offset, $"the text is longer than {maxBytes} bytes", IsTooLong: true);
            }

            switch (records.Run(buffer))
            {
                case LoopStop.Full:
                    await session.MakeRoomAsync(cancellationToken);
                    break;
                case LoopStop.Broken:
                    return new SourceBreak(buffer.Offset, records.WhyBroken);
                case LoopStop.NeedMore when buffer.IsLast:
                    records.Complete();
                    return null;
                default:
                    progress?.Report(buffer.Offset);
                    await buffer.FillAsync(cancellationToken);
                    break;
            }
        }
    }
}

/// <summary>Where a text broke off.</summary>
/// <param name="Offset">Bytes of unpacked text up to the end of the last whole record.</param>
/// <param name="Message">What was wrong.</param>
/// <param name="IsTooLong">True if nothing is wrong but the length.</param>
public sealed record SourceBreak(long Offset, string Message, bool IsTooLong = false);
