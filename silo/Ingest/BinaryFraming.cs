namespace OrleansAnalytics.Ingest;

/// <summary>
/// The records of a binary batch (see <see cref="BinaryEvents"/>). A record that is too long is one record of which the beginning is kept, and the next one is good
/// again, because its length says where it ends; a length that is none, or a cut record, breaks the batch.
/// </summary>
/// <param name="maxBytes">The longest record, without its length.</param>
/// <param name="keptBytes">How much of a longer one is given.</param>
public sealed class BinaryFraming(int maxBytes, int keptBytes) : IRecordFraming
{
    private const int LongestPrefix = 5;

    private bool _hasBegun;
    private long _toSkip;

    /// <summary>True if bytes begin as a batch does, of whatever version.</summary>
    public static bool IsBeginning(ReadOnlySpan<byte> bytes) => bytes.StartsWith(BinaryEvents.Beginning[..^1]);

    /// <inheritdoc/>
    /// <exception cref="SourceException">The batch begins with something else, or is of a newer version.</exception>
    public Frame Next(ReadOnlySpan<byte> unread, bool isLast)
    {
        var start = 0;
        if (!_hasBegun && !TryBegin(unread, isLast, ref start))
        {
            return new Frame(isLast ? FrameKind.Broken : FrameKind.NeedMore, 0, 0, 0);
        }

        if (_toSkip > 0)
        {
            var skipped = (int)Math.Min(_toSkip, unread.Length);
            _toSkip -= skipped;
            if (_toSkip > 0)
            {
                return new Frame(isLast ? FrameKind.Broken : FrameKind.NeedMore, 0, 0, skipped);
            }

            start = skipped;
        }

        var rest = unread[start..];
        if (rest.IsEmpty)
        {
            return new Frame(FrameKind.NeedMore, 0, 0, start);
        }

        if (!TryLength(rest, out var length, out var prefix))
        {
            var isBroken = isLast || rest.Length >= LongestPrefix;
            return new Frame(isBroken ? FrameKind.Broken : FrameKind.NeedMore, 0, 0, start);
        }

        return length > maxBytes ? TooLong(rest, length, prefix, start, isLast) : Whole(rest, (int)length, prefix, start, isLast);
    }

    private static Frame Whole(ReadOnlySpan<byte> rest, int length, int prefix, int start, bool isLast) =>
        rest.Length - prefix >= length
            ? new Frame(FrameKind.Record, start + prefix, length, start + prefix + length)
            : new Frame(isLast ? FrameKind.Broken : FrameKind.NeedMore, 0, 0, start);

    private Frame TooLong(ReadOnlySpan<byte> rest, long length, int prefix, int start, bool isLast)
    {
        // What is kept of it must have arrived, so that it is the same whatever pieces it comes in.
        var there = rest.Length - prefix;
        if (there < keptBytes && there < length)
        {
            return new Frame(isLast ? FrameKind.Broken : FrameKind.NeedMore, 0, 0, start);
        }

        var consumed = (int)Math.Min(there, length);
        _toSkip = length - consumed;
        return new Frame(FrameKind.TooLong, start + prefix, (int)Math.Min(length, keptBytes), start + prefix + consumed);
    }

    private bool TryBegin(ReadOnlySpan<byte> unread, bool isLast, ref int start)
    {
        var beginning = BinaryEvents.Beginning;
        var seen = Math.Min(unread.Length, beginning.Length - 1);
        if (!unread[..seen].SequenceEqual(beginning[..seen]))
        {
            throw new SourceException(SourceProblem.WrongBeginning, "it does not begin as a binary batch of events does");
        }

        if (unread.Length < beginning.Length)
        {
            return false;
        }

        var version = unread[beginning.Length - 1];
        if (version is 0 or > BinaryEvents.FormatVersion)
        {
            throw new SourceException(SourceProblem.NewerVersion, $"the binary batch has version {version}; this server reads 1 to {BinaryEvents.FormatVersion}. Send JSON or CSV.");
        }

        _hasBegun = true;
        start = beginning.Length;
        return true;
    }

    /// <summary>Reads a length of at most 32 bits.</summary>
    private static bool TryLength(ReadOnlySpan<byte> bytes, out long length, out int used)
    {
        length = 0;
        for (used = 0; used < bytes.Length && used < LongestPrefix;)
        {
            var b = bytes[used];
            length |= (long)(b & 0x7f) << (7 * used++);
            if (b < 0x80)
            {
                return length <= uint.MaxValue;
            }
        }

        return false;
    }
}
