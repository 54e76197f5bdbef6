using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Ingest;

/// <summary>Reads one record of a binary batch (see <see cref="BinaryEvents"/>). Fields that are not known are ignored; of a field that is there twice, the last counts.</summary>
public sealed class BinaryRecordParser : IRecordParser
{
    private const long FirstNamedMs = -62_135_596_800_000;
    private const long LastNamedMs = 253_402_300_799_999;

    private static readonly Func<ReadOnlyMemory<byte>, byte[]?> TellAsJson = AsJson;
    private static readonly ReadOnlyMemory<byte>[] KindNames = [.. EventKinds.All.Select(kind => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(kind.Name()))];

    private static readonly DraftField?[] Fields = ByNumber();

    /// <inheritdoc/>
    public bool TryParse(ReadOnlyMemory<byte> record, EventDraft draft, out string? problem)
    {
        draft.Clear();
        draft.Raw = record;
        draft.RawAsJson = TellAsJson;
        draft.DefaultKind = null;
        var fields = new BinaryFields(record.Span);
        while (fields.Next())
        {
            if (FieldOf(fields.Number) is not { } field)
            {
                continue;
            }

            if (field is DraftField.EventTime or DraftField.EventType ? !fields.IsVarint : !fields.IsBytes)
            {
                problem = $"{field.Name()} is of another type in the binary record";
                return false;
            }

            if (field == DraftField.EventTime)
            {
                draft.UnixMs = (long)fields.Value;
            }
            else
            {
                draft[field] = field == DraftField.EventType ? KindName(fields.Value) : record.Slice(fields.Start, fields.Length);
            }
        }

        problem = fields.Problem;
        return problem is null;
    }

    /// <summary>The record as the JSON object that says the same, field by field; null if it is damaged or a text is not UTF-8.</summary>
    private static byte[]? AsJson(ReadOnlyMemory<byte> record)
    {
        var json = new ArrayBufferWriter<byte>(record.Length * 2);
        using var writer = new Utf8JsonWriter(json);
        writer.WriteStartObject();
        var fields = new BinaryFields(record.Span);
        while (fields.Next())
        {
            if (FieldOf(fields.Number) is { } field)
            {
                var text = fields.IsBytes ? record.Span.Slice(fields.Start, fields.Length) : default;
                if (!Utf8.IsValid(text))
                {
                    return null;
                }

                writer.WritePropertyName(field.Name());
                WriteValue(writer, field, fields.Value, text);
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return fields.Problem is null ? json.WrittenSpan.ToArray() : null;
    }

    private static void WriteValue(Utf8JsonWriter writer, DraftField field, ulong value, ReadOnlySpan<byte> text)
    {
        if (field == DraftField.EventType)
        {
            writer.WriteStringValue(KindName(value).Span);
        }
        else if (field == DraftField.EventTime)
        {
            WriteTime(writer, (long)value);
        }
        else if (field is DraftField.Price or DraftField.Quantity or DraftField.PageViewDuration && IsNumber(text))
        {
            writer.WriteRawValue(text);
        }
        else
        {
            writer.WriteStringValue(text);
        }
    }

    private static void WriteTime(Utf8JsonWriter writer, long unixMs)
    {
        if (unixMs is >= FirstNamedMs and <= LastNamedMs)
        {
            writer.WriteStringValue(DateTimeOffset.FromUnixTimeMilliseconds(unixMs).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        }
        else
        {
            writer.WriteNumberValue(unixMs);
        }
    }

    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.ValueSpan.Length == text.Length && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static ReadOnlyMemory<byte> KindName(ulong number)
    {
        if (number - 1 < (ulong)KindNames.Length)
        {
            return KindNames[(int)number - 1];
        }

        var digits = new byte[20];
        Utf8Formatter.TryFormat(number, digits, out var length);
        return digits.AsMemory(0, length);
    }

    private static DraftField? FieldOf(int number) => number < Fields.Length ? Fields[number] : null;

    private static DraftField?[] ByNumber()
    {
        var fields = new DraftField?[BinaryEvents.TransactionId + 1];
        fields[BinaryEvents.EventTime] = DraftField.EventTime;
        fields[BinaryEvents.EventType] = DraftField.EventType;
        fields[BinaryEvents.ProductId] = DraftField.ProductId;
        fields[BinaryEvents.CategoryId] = DraftField.CategoryId;
        fields[BinaryEvents.CategoryCode] = DraftField.CategoryCode;
        fields[BinaryEvents.Brand] = DraftField.Brand;
        fields[BinaryEvents.Price] = DraftField.Price;
        fields[BinaryEvents.UserId] = DraftField.UserId;
        fields[BinaryEvents.UserSession] = DraftField.UserSession;
        fields[BinaryEvents.EventId] = DraftField.EventId;
        fields[BinaryEvents.Url] = DraftField.Url;
        fields[BinaryEvents.PageViewDuration] = DraftField.PageViewDuration;
        fields[BinaryEvents.Quantity] = DraftField.Quantity;
        fields[BinaryEvents.TransactionId] = DraftField.TransactionId;
        return fields;
    }
}
