using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OrleansAnalytics.Events;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Lake;

/// <summary>The conventions that the JSON of all reports shares: money and shares with at least one decimal, kinds and outcomes without events left out.</summary>
internal static class LakeJson
{
    private static readonly (EventKind Kind, string Column)[] Kinds =
    [
        (EventKind.View, "views"), (EventKind.Cart, "carts"), (EventKind.RemoveFromCart, "removals"), (EventKind.Purchase, "purchases"),
    ];

    /// <summary>What <paramref name="write"/> writes, without white space.</summary>
    public static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary><c>"view":3,"cart":1</c> from the columns of the kinds.</summary>
    public static void WriteKinds(Utf8JsonWriter writer, LakeRow row)
    {
        foreach (var (kind, column) in Kinds)
        {
            WriteUnlessZero(writer, kind.Name(), row.Integer(column));
        }
    }

    /// <summary><c>"purchased":3,"abandoned":1</c>.</summary>
    public static void WriteOutcomes(Utf8JsonWriter writer, LakeRow row)
    {
        foreach (var outcome in new[] { "purchased", "removed", "abandoned" })
        {
            WriteUnlessZero(writer, outcome, row.Integer(outcome));
        }
    }

    /// <summary>A number that is left out when it is 0.</summary>
    public static void WriteUnlessZero(Utf8JsonWriter writer, string name, long count)
    {
        if (count != 0)
        {
            writer.WriteNumber(name, count);
        }
    }

    /// <summary>An exact decimal, or <c>null</c>.</summary>
    public static void WriteDecimal(Utf8JsonWriter writer, string name, decimal? number)
    {
        writer.WritePropertyName(name);
        WriteDecimal(writer, number);
    }

    /// <summary>An exact decimal, or <c>null</c>.</summary>
    public static void WriteDecimal(Utf8JsonWriter writer, decimal? number) =>
        writer.WriteRawValue(number?.ToString("0.0#####", CultureInfo.InvariantCulture) ?? "null");

    /// <summary>A table as it is: an array of objects with the columns as names.</summary>
    public static void WriteTable(Utf8JsonWriter writer, ReportTable table)
    {
        writer.WriteStartArray();
        foreach (var cells in table.Rows)
        {
            writer.WriteStartObject();
            for (var i = 0; i < cells.Length; i++)
            {
                writer.WritePropertyName(table.Columns[i].Name);
                switch (cells[i])
                {
                    case long number:
                        writer.WriteNumberValue(number);
                        break;
                    case decimal number:
                        WriteDecimal(writer, number);
                        break;
                    case var text:
                        writer.WriteStringValue((string?)text);
                        break;
                }
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
