using System.Globalization;
using System.Text;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Journeys;

/// <summary>One step before it is encoded, or after it is decoded.</summary>
internal readonly record struct StepRecord(long TimeMs, long Position, EventKind Kind, string Subject, Money Price)
{
    /// <summary>The order of steps in a journey: by time, then by position.</summary>
    public int CompareTo(in StepRecord other) => TimeMs != other.TimeMs ? TimeMs.CompareTo(other.TimeMs) : Position.CompareTo(other.Position);
}

/// <summary>
/// How a step is kept, in memory as in storage: about 15 bytes instead of a struct of 40, no string for each, and saving is a copy. The price is that a step which comes late
/// costs one pass over its session.
/// </summary>
/// <remarks>Step: kind (3 bits) and "subject is a number" (1 bit), time since the step before, position since the step before (signed), price, subject.</remarks>
internal static class StepCodec
{
    /// <summary>The most bytes that <see cref="Encode"/> writes: the kind and four varints.</summary>
    public const int MostBytes = 1 + (4 * FormatSpan.LongestVarint);

    private const int KindMask = 7;
    private const int NumberFlag = 8;

    /// <summary>Encodes a step, except for a subject that is no number: its text, in UTF-8, is to follow.</summary>
    /// <param name="output">Room for <see cref="MostBytes"/>.</param>
    /// <param name="step">The step.</param>
    /// <param name="beforeMs">The time of the step before it.</param>
    /// <param name="beforePosition">The position of the step before it.</param>
    /// <param name="textBytes">The bytes of the text that is to follow; 0 for none.</param>
    /// <returns>The bytes written.</returns>
    public static int Encode(Span<byte> output, in StepRecord step, long beforeMs, long beforePosition, out int textBytes)
    {
        // A number is what gives the text back digit by digit: then a product id takes 4 bytes instead of 9.
        var isNumber = CompactId.TryNumber(step.Subject, out var number);
        textBytes = isNumber ? 0 : Encoding.UTF8.GetByteCount(step.Subject);
        output[0] = (byte)((int)step.Kind | (isNumber ? NumberFlag : 0));
        var end = FormatSpan.Count(output, 1, step.TimeMs - beforeMs);
        end = FormatSpan.Signed(output, end, step.Position - beforePosition);
        end = FormatSpan.Signed(output, end, step.Price.Units);
        return FormatSpan.Varint(output, end, isNumber ? number : (ulong)textBytes + 1);
    }

    /// <summary>Reads encoded steps, one after the other.</summary>
    /// <param name="steps">The steps.</param>
    /// <param name="beforeMs">The time before the first of them.</param>
    /// <param name="beforePosition">The position before the first of them.</param>
    public ref struct Reader(ReadOnlySpan<byte> steps, long beforeMs, long beforePosition)
    {
        private FormatReader _rest = new(steps);

        /// <summary>The time of the step read last.</summary>
        public long TimeMs { get; private set; } = beforeMs;

        /// <summary>The position of the step read last.</summary>
        public long Position { get; private set; } = beforePosition;

        /// <summary>Bytes not yet read.</summary>
        public readonly int Remaining => _rest.Remaining;

        /// <summary>Reads a step.</summary>
        /// <exception cref="DamagedFormatException">The bytes are none.</exception>
        public StepRecord Next()
        {
            var (kind, isNumber, price) = Head();
            var subject = isNumber ? _rest.Count().ToString(CultureInfo.InvariantCulture) : Encoding.UTF8.GetString(Text());
            return new StepRecord(TimeMs, Position, kind, subject, price);
        }

        /// <summary>Reads a step, of which only time and position are wanted.</summary>
        /// <exception cref="DamagedFormatException">The bytes are none.</exception>
        public void Skip()
        {
            if (Head().IsNumber)
            {
                _rest.Count();
            }
            else
            {
                Text();
            }
        }

        private (EventKind Kind, bool IsNumber, Money Price) Head()
        {
            var first = _rest.Byte();
            var kind = (EventKind)(first & KindMask);
            if (first > (KindMask | NumberFlag) || kind is < EventKind.View or > EventKind.Page)
            {
                throw new DamagedFormatException($"a step begins with {first:x2}");
            }

            TimeMs = EventTotals.StoredTime(TimeMs, _rest.Count());
            Position += _rest.Signed();
            return (kind, (first & NumberFlag) != 0, _rest.Money());
        }

        private ReadOnlySpan<byte> Text() => _rest.TryUtf8(out var utf8) ? utf8 : throw new DamagedFormatException("a step has no subject");
    }
}
