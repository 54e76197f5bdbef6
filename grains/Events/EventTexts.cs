using System.IO.Hashing;
using System.Numerics;
using System.Text;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;

namespace OrleansAnalytics.Events;

/// <summary>
/// A bounded cache from UTF-8 bytes to strings, so that reading a known user, product, category or brand allocates nothing. A hash chooses a pair
/// of slots; the one used longer ago gives way. The cache begins small and grows while many have to. Not safe for concurrent use: one per reader.
/// </summary>
public sealed class EventTexts
{
    /// <summary>The usual number of texts kept.</summary>
    public const int DefaultCapacity = 1 << 16;

    private const int LongestKept = 128;
    private const int FirstSlots = 4_096;

    // Of so many slots one may have lost its text before there are twice as many.
    private const int DisplacedBeforeGrowth = 16;

    private readonly int _mostSlots;
    private Slot[] _slots;

    // Texts that gave way since the cache has grown.
    private int _displaced;

    /// <summary>Creates an empty cache.</summary>
    /// <param name="capacity">Texts kept at the most, rounded up to a power of two; longer ones than 128 bytes are never kept.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 2 or more than 2²⁴.</exception>
    public EventTexts(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 24);
        _mostSlots = (int)BitOperations.RoundUpToPowerOf2((uint)capacity);
        _slots = new Slot[Math.Min(_mostSlots, FirstSlots)];
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

    /// <summary>Lets the processor fetch the place of these bytes: see <see cref="Ahead"/>.</summary>
    public void Fetch(ReadOnlySpan<byte> utf8)
    {
        if (!utf8.IsEmpty)
        {
            Ahead.FetchItem(_slots, FirstOfPair(HashOf(utf8)));
        }
    }

    /// <summary>The slot of these bytes, which is the first of its pair from now on.</summary>
    private ref Slot Place(ReadOnlySpan<byte> utf8)
    {
        var hash = HashOf(utf8);
        var pair = _slots.AsSpan(FirstOfPair(hash), 2);
        if (pair[0].Holds(hash, utf8))
        {
            return ref pair[0];
        }

        if (pair[1].Holds(hash, utf8))
        {
            (pair[0], pair[1]) = (pair[1], pair[0]);
            return ref pair[0];
        }

        if (pair[1].Text is not null && ++_displaced > _slots.Length / DisplacedBeforeGrowth && _slots.Length < _mostSlots)
        {
            Grow();
            pair = _slots.AsSpan(FirstOfPair(hash), 2);
        }

        pair[1] = pair[0];
        pair[0] = new Slot(hash, Encoding.UTF8.GetString(utf8));
        return ref pair[0];
    }

    private int FirstOfPair(ulong hash) => (int)(((hash >> 32) * (ulong)(_slots.Length / 2)) >> 32) * 2;

    /// <summary>
    /// A hash, odd for numbers: each number has one of its own, so that nothing has to be compared to know it again. They are multiplied by a key that each process draws for
    /// itself, as in <see cref="KeyedHash{T}"/>.
    /// </summary>
    private static ulong HashOf(ReadOnlySpan<byte> utf8) =>
        CompactId.TryNumber(utf8, out var number) ? ((number << 1) | 1) * KeyedHash<ulong>.Key : XxHash3.HashToUInt64(utf8) & ~1UL;

    /// <summary>Twice the slots: what was in one pair is in one of two now, so nothing has to give way.</summary>
    private void Grow()
    {
        var before = _slots;
        _slots = new Slot[before.Length * 2];
        _displaced = 0;
        foreach (ref readonly var slot in before.AsSpan())
        {
            if (slot.Text is not null)
            {
                var pair = _slots.AsSpan(FirstOfPair(slot.Hash), 2);
                pair[pair[0].Text is null ? 0 : 1] = slot;
            }
        }
    }

    /// <summary>A text that is kept.</summary>
    private struct Slot(ulong hash, string text)
    {
        public readonly ulong Hash = hash;
        public readonly string? Text = text;

        /// <summary>What is known of it; null as long as only its string was asked for.</summary>
        public KnownText? Known;

        public readonly bool Holds(ulong hash, ReadOnlySpan<byte> utf8) =>
            Hash == hash && Text is not null && ((hash & 1) == 1 || Ascii.Equals(utf8, Text) || HoldsBeyondAscii(utf8));

        private readonly bool HoldsBeyondAscii(ReadOnlySpan<byte> utf8)
        {
            Span<char> chars = stackalloc char[LongestKept];
            return chars[..Encoding.UTF8.GetChars(utf8, chars)].SequenceEqual(Text);
        }
    }
}
