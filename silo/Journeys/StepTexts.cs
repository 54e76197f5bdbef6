using System.Buffers;
using System.Text;
using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Journeys;

/// <summary>
/// The steps of a journey as JSON, each <c>[time, kind, subject, price]</c>. A journey tells each step twice, in the order of all and in its session; here it is made once.
/// Dispose of it, as it rents its memory.
/// </summary>
internal sealed class StepTexts : IDisposable
{
    // Brackets, commas and quotes, the longest time, kind and amount; without the subject.
    private const int LongestRest = 128;

    // A character of a subject may take three bytes, or six as an escape.
    private const int LongestCharacter = 6;

    private readonly List<(Step Step, int Start, int End)> _steps = [];
    private readonly bool _isSorted = true;
    private byte[] _texts = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;

    /// <summary>Makes them, session by session.</summary>
    /// <param name="journey">The journey.</param>
    public StepTexts(Journey journey)
    {
        foreach (var session in journey.Sessions)
        {
            foreach (var step in session.Steps)
            {
                _isSorted &= _steps.Count == 0 || Compare(_steps[^1].Step, step) <= 0;
                Add(step);
            }
        }
    }

    /// <summary>Writes all steps by time, then position; sessions of several keys may overlap.</summary>
    public void WriteAll(Utf8JsonWriter writer)
    {
        if (_isSorted)
        {
            Write(writer, 0, _steps.Count);
            return;
        }

        writer.WriteStartArray("steps"u8);
        foreach (var (_, start, end) in _steps.Order(Comparer<(Step Step, int, int)>.Create(static (left, right) => Compare(left.Step, right.Step))))
        {
            writer.WriteRawValue(_texts.AsSpan(start..end), skipInputValidation: true);
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes some that follow one another.</summary>
    public void Write(Utf8JsonWriter writer, int first, int count)
    {
        writer.WriteStartArray("steps"u8);
        if (count > 0)
        {
            // They lie side by side with commas between them.
            writer.WriteRawValue(_texts.AsSpan(_steps[first].Start.._steps[first + count - 1].End), skipInputValidation: true);
        }

        writer.WriteEndArray();
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_texts);

    private static int Compare(Step left, Step right) =>
        left.Time != right.Time ? left.Time.CompareTo(right.Time) : left.Position.CompareTo(right.Position);

    private void Add(Step step)
    {
        Reserve(LongestRest + (step.Subject.Length * LongestCharacter));
        if (_steps.Count > 0)
        {
            _texts[_length++] = (byte)',';
        }

        var start = _length;
        Put("[\""u8);
        _length += EventTimeText.Format(_texts.AsSpan(_length), step.Time);
        Put("\",\""u8);
        _length += Encoding.UTF8.GetBytes(step.Kind.Name(), _texts.AsSpan(_length));
        Put("\",\""u8);
        PutSubject(step.Subject);
        Put("\","u8);
        _length += JourneyJson.FormatMoney(_texts.AsSpan(_length), step.Price);
        _texts[_length++] = (byte)']';
        _steps.Add((step, start, _length));
    }

    private void PutSubject(string subject)
    {
        var length = Encoding.UTF8.GetBytes(subject, _texts.AsSpan(_length));
        if (JourneyJson.Encoder.FindFirstCharacterToEncodeUtf8(_texts.AsSpan(_length, length)) < 0)
        {
            _length += length;
        }
        else
        {
            Put(JsonEncodedText.Encode(subject, JourneyJson.Encoder).EncodedUtf8Bytes);
        }
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_texts.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Reserve(int bytes)
    {
        if (_texts.Length - _length < bytes)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_texts.Length * 2, _length + bytes));
            _texts.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_texts);
            _texts = larger;
        }
    }
}
