using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Lake;

/// <summary>Answers as text.</summary>
public static class SqlWriter
{
    // Ids and URLs stay readable; the answer is never part of a page.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>CSV as <see cref="ReportCsv"/> writes it; lists and structs are JSON in a field.</summary>
    public static void WriteCsv(TextWriter writer, SqlResult result)
    {
        writer.NewLine = "\r\n";
        writer.WriteLine(string.Join(',', result.Columns.Select(column => ReportCsv.Field(column.Name))));
        foreach (var row in result.Rows)
        {
            writer.WriteLine(string.Join(',', row.Select(Field)));
        }

        writer.Flush();
    }

    /// <summary>
    /// An array with an object for each row, in UTF-8. Times are ISO 8601 in UTC, bytes base64; numbers that JSON does not have are texts (<c>"NaN"</c>). Of columns
    /// with the same name the later ones get <c>_1</c>, <c>_2</c>, ….
    /// </summary>
    public static void WriteJson(Stream stream, SqlResult result)
    {
        using var writer = new Utf8JsonWriter(stream, Relaxed);
        var names = Names(result.Columns);
        writer.WriteStartArray();
        foreach (var row in result.Rows)
        {
            writer.WriteStartObject();
            for (var i = 0; i < row.Length; i++)
            {
                writer.WritePropertyName(names[i]);
                WriteCell(writer, row[i]);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>A cell as plain text, for terminals; null is empty.</summary>
    public static string Text(object? cell) => cell switch
    {
        null => "",
        string text => text,
        bool truth => truth ? "true" : "false",
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.FFFFFF", CultureInfo.InvariantCulture),
        byte[] bytes => Convert.ToBase64String(bytes),
        IEnumerable => Json(cell),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString()!,
    };

    private static string Field(object? cell) => ReportCsv.Field(cell switch
    {
        null or string or long or int or decimal or double => cell,
        _ => Text(cell),
    });

    private static string Json(object cell)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, Relaxed))
        {
            WriteCell(writer, cell);
        }

        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static string[] Names(IReadOnlyList<SqlColumn> columns)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        return [.. columns.Select(column =>
        {
            var name = column.Name;
            for (var i = 1; !taken.Add(name); i++)
            {
                name = string.Create(CultureInfo.InvariantCulture, $"{column.Name}_{i}");
            }

            return name;
        })];
    }

    private static void WriteCell(Utf8JsonWriter writer, object? cell)
    {
        switch (cell)
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool truth:
                writer.WriteBooleanValue(truth);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case float number when float.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or decimal or BigInteger:
                writer.WriteRawValue(((IFormattable)cell).ToString(null, CultureInfo.InvariantCulture));
                break;
            case DateTime time:
                writer.WriteStringValue(time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture));
                break;
            case byte[] bytes:
                writer.WriteBase64StringValue(bytes);
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case IDictionary map:
                WriteMap(writer, map);
                break;
            case IEnumerable list:
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    WriteCell(writer, item);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue(Text(cell));
                break;
        }
    }

    private static void WriteMap(Utf8JsonWriter writer, IDictionary map)
    {
        writer.WriteStartObject();
        foreach (DictionaryEntry entry in map)
        {
            writer.WritePropertyName(Text(entry.Key));
            WriteCell(writer, entry.Value);
        }

        writer.WriteEndObject();
    }
}
