using System.Text.Json;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// Reads one JSON object. Names are those of REES46 files; other properties are ignored. Ids may be numbers and keep their text as it came; an event
/// time that is an integer counts milliseconds since 1970-01-01 UTC; <c>null</c> is absent.
/// </summary>
public sealed class JsonRecordParser : IRecordParser
{
    private const int LongestName = 32;

    private byte[] _unescaped = [];
    private int _unescapedUsed;

    /// <inheritdoc/>
    public bool TryParse(ReadOnlyMemory<byte> record, EventDraft draft, out string? problem)
    {
        draft.Clear();
        draft.Raw = record;
        draft.DefaultKind = null;
        _unescapedUsed = 0;
        try
        {
            problem = Parse(record, draft);
        }
        catch (JsonException exception)
        {
            problem = $"no JSON at byte {exception.BytePositionInLine}";
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for an escape that is no character.
            problem = "not Unicode";
        }

        return problem is null;
    }

    private string? Parse(ReadOnlyMemory<byte> record, EventDraft draft)
    {
        var reader = new Utf8JsonReader(record.Span);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return "not an object";
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isKnown = TryField(ref reader, out var field);
            reader.Read();
            if (!isKnown)
            {
                reader.Skip();
            }
            else if (!TryValue(ref reader, record, draft, field))
            {
                return $"{field.Name()} is {reader.TokenType}";
            }
        }

        return reader.Read() ? "something follows the object" : null;
    }

    private static bool TryField(ref Utf8JsonReader reader, out DraftField field)
    {
        if (!reader.ValueIsEscaped)
        {
            return DraftFields.TryParse(reader.ValueSpan, out field);
        }

        field = default;
        Span<byte> name = stackalloc byte[LongestName * 6];
        return reader.ValueSpan.Length <= name.Length && DraftFields.TryParse(name[..reader.CopyString(name)], out field);
    }

    private bool TryValue(ref Utf8JsonReader reader, ReadOnlyMemory<byte> record, EventDraft draft, DraftField field)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                draft[field] = default;
                return true;
            case JsonTokenType.String:
                draft[field] = reader.ValueIsEscaped
                    ? Unescape(ref reader, record.Length)
                    : record.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                draft.TimeIsUnixMs &= field != DraftField.EventTime;
                return true;
            case JsonTokenType.Number when field is not (DraftField.EventType or DraftField.Url):
                draft[field] = record.Slice((int)reader.TokenStartIndex, reader.ValueSpan.Length);
                draft.TimeIsUnixMs |= field == DraftField.EventTime;
                return true;
            default:
                return false;
        }
    }

    private ReadOnlyMemory<byte> Unescape(ref Utf8JsonReader reader, int recordBytes)
    {
        // Unescaping never makes a text longer, so all of the record's texts fit and a second one never moves the first.
        if (_unescaped.Length < recordBytes)
        {
            _unescaped = new byte[recordBytes * 2];
        }

        var length = reader.CopyString(_unescaped.AsSpan(_unescapedUsed));
        var text = _unescaped.AsMemory(_unescapedUsed, length);
        _unescapedUsed += length;
        return text;
    }
}
