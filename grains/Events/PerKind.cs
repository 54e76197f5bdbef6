using System.Numerics;
using System.Runtime.CompilerServices;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Events;

/// <summary>One number for each kind of event, indexed with <see cref="EventKinds.Index"/>, without an object of its own.</summary>
[InlineArray(EventKinds.Count)]
internal struct PerKind<T>
    where T : struct, IBinaryInteger<T>
{
    private T _first;

    /// <summary>The kinds with events and their numbers.</summary>
    public readonly IReadOnlyDictionary<EventKind, long> ToDictionary()
    {
        var kinds = new Dictionary<EventKind, long>();
        foreach (var kind in EventKinds.All)
        {
            var count = long.CreateChecked(this[kind.Index()]);
            if (count != 0)
            {
                kinds.Add(kind, count);
            }
        }

        return kinds;
    }

    /// <summary>Sum over the kinds.</summary>
    public readonly long Sum()
    {
        var sum = 0L;
        foreach (var count in this)
        {
            sum += long.CreateChecked(count);
        }

        return sum;
    }

    /// <summary>Writes a byte that says which kinds follow, then their numbers.</summary>
    public readonly void WriteTo(FormatWriter writer)
    {
        var mask = 0;
        for (var i = 0; i < EventKinds.Count; i++)
        {
            mask |= T.IsZero(this[i]) ? 0 : 1 << i;
        }

        writer.Byte((byte)mask);
        for (var i = 0; i < EventKinds.Count; i++)
        {
            if (!T.IsZero(this[i]))
            {
                writer.Count(long.CreateChecked(this[i]));
            }
        }
    }

    /// <summary>Writes the same bytes into memory that is large enough; answers where the next begins.</summary>
    public readonly int WriteTo(Span<byte> output, int at)
    {
        var (mask, next) = (0, at + 1);
        for (var i = 0; i < EventKinds.Count; i++)
        {
            if (!T.IsZero(this[i]))
            {
                mask |= 1 << i;
                next = FormatSpan.Count(output, next, long.CreateChecked(this[i]));
            }
        }

        output[at] = (byte)mask;
        return next;
    }

    /// <summary>Reads what <see cref="WriteTo(FormatWriter)"/> wrote.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no such numbers.</exception>
    public static PerKind<T> ReadFrom(ref FormatReader reader)
    {
        var mask = reader.Byte();
        if (mask >> EventKinds.Count != 0)
        {
            throw new DamagedFormatException($"{mask:x2} names kinds that do not exist");
        }

        var kinds = default(PerKind<T>);
        for (var i = 0; i < EventKinds.Count; i++)
        {
            if ((mask & (1 << i)) == 0)
            {
                continue;
            }

            var count = reader.Count();
            kinds[i] = T.CreateTruncating(count);
            if (count == 0 || long.CreateTruncating(kinds[i]) != count)
            {
                throw new DamagedFormatException($"{count} events of a kind");
            }
        }

        return kinds;
    }
}
