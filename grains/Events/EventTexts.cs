using System.IO.Hashing;
using System.Numerics;
using System.Text;

namespace OrleansAnalytics.Events;

/// <summary>
/// A bounded cache from UTF-8 bytes to strings, so that reading a known user, product, category or brand allocates nothing. A hash chooses a pair
/// of slots; the one used longer ago gives way. Not safe for concurrent use: one per reader.
/// </summary>
public sealed class EventTexts
{
    /// <summary>The usual number of texts kept.</summary>
    public const int DefaultCapacity = 1 << 16;

    private const int LongestKept = 128;

    private readonly Slot[] _slots;
    private readonly ulong _pairMask;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="capacity">Texts kept at the most, rounded up to a power of two; longer ones than 128 bytes are never kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2 or more than 2²⁴.</exception>
    public EventTexts(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 24);
        _slots = new Slot[BitOperations.RoundUpToPowerOf2((uint)capacity)];
        _pairMask = (ulong)(_slots.Length / 2) - 1;
    }

    /// <summary>The string of these bytes: the same instance again while it is kept.</summary>
    public string Get(ReadOnlySpan<byte> utf8) =>
        utf8.IsEmpty || utf8.Length > LongestKept ? Encoding.UTF8.GetString(utf8) : Place(utf8).Text!;

    /// <summary>The text of these bytes: the same instance again while it is kept.</summary>
    public KnownText Find(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty || utf8.Length > LongestKept)
        {
            return new KnownText(Encoding.UTF8.GetString(utf8));
        }

        ref var slot = ref Place(utf8);
        return slot.Known ??= new KnownText(slot.Text!);
    }

    /// <summary>The slot of these bytes, which is the first of its pair from now on.</summary>
    private ref Slot Place(ReadOnlySpan<byte> utf8)
    {
        var hash = XxHash3.HashToUInt64(utf8);
        var tag = (uint)(hash >> 32);
        var pair = _slots.AsSpan((int)(hash & _pairMask) * 2, 2);
        if (pair[0].Holds(tag, utf8))
        {
            return ref pair[0];
        }

        if (pair[1].Holds(tag, utf8))
        {
            (pair[0], pair[1]) = (pair[1], pair[0]);
            return ref pair[0];
        }

        pair[1] = pair[0];
        pair[0] = new Slot(tag, Encoding.UTF8.GetString(utf8));
        return ref pair[0];
    }

    /// <summary>A text that is kept.</summary>
    private struct Slot(uint tag, string text)
    {
        private readonly uint _tag = tag;

        public readonly string? Text = text;

        /// <summary>What is known of it; null as long as only its string was asked for.</summary>
        public KnownText? Known;

        public readonly bool Holds(uint tag, ReadOnlySpan<byte> utf8) =>
            _tag == tag && Text is not null && (Ascii.Equals(utf8, Text) || HoldsBeyondAscii(utf8));

        private readonly bool HoldsBeyondAscii(ReadOnlySpan<byte> utf8)
        {
            Span<char> chars = stackalloc char[LongestKept];
            return chars[..Encoding.UTF8.GetChars(utf8, chars)].SequenceEqual(Text);
        }
    }
}
