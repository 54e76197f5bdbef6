using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using OrleansAnalytics.Client;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary>Writes answers for people, or as JSON for programs.</summary>
internal static class Printer
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Json<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Indented));

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>Without control characters: what a stranger sent must not steer the terminal.</summary>
    public static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '·' : c));

    /// <summary>Names and values; nested objects and lists follow as tables of their own.</summary>
    public static void Value(string title, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0)
        {
            Rows(title, value);
            return;
        }
        if (value.ValueKind != JsonValueKind.Object)
        {
            AnsiConsole.MarkupLineInterpolated($"{title}: {Cell(value)}");
            return;
        }

        var table = new Table().Title(Markup.Escape(title)).HideHeaders().AddColumns("name", "value");
        foreach (var property in value.EnumerateObject().Where(p => !IsNested(p.Value)))
            table.AddRow(Markup.Escape(Plain(property.Name)), Markup.Escape(Cell(property.Value)));
        if (table.Rows.Count > 0)
            AnsiConsole.Write(table);
        foreach (var property in value.EnumerateObject().Where(p => IsNested(p.Value)))
            Value($"{title} / {Plain(property.Name)}", property.Value);
    }

    private static void Rows(string title, JsonElement list)
    {
        var table = new Table().Title(Markup.Escape(title));
        var columns = list[0].ValueKind == JsonValueKind.Object ? list[0].EnumerateObject().Select(p => p.Name).ToList() : [];
        var width = list[0].ValueKind == JsonValueKind.Array ? list[0].GetArrayLength() : 1;
        if (columns.Count > 0)
            table.AddColumns([.. columns.Select(column => Markup.Escape(Plain(column)))]);
        else
            table.HideHeaders().AddColumns([.. Enumerable.Range(1, Math.Max(1, width)).Select(i => i.ToString(CultureInfo.InvariantCulture))]);
        foreach (var row in list.EnumerateArray())
        {
            IEnumerable<string> cells = row.ValueKind switch
            {
                JsonValueKind.Object => columns.Select(column => row.TryGetProperty(column, out var cell) ? Cell(cell) : ""),
                JsonValueKind.Array => row.EnumerateArray().Select(Cell).Take(table.Columns.Count),
                _ => [Cell(row)],
            };
            table.AddRow([.. cells.Select(Markup.Escape)]);
        }
        AnsiConsole.Write(table);
    }

    private static bool IsNested(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => value.GetArrayLength() > 0,
        JsonValueKind.Object => true,
        _ => false,
    };

    private static string Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Plain(value.GetString() ?? ""),
        JsonValueKind.Null => "–",
        JsonValueKind.Object => string.Join(", ", value.EnumerateObject().Select(p => $"{Plain(p.Name)} {Cell(p.Value)}")),
        JsonValueKind.Array => string.Join(", ", value.EnumerateArray().Select(Cell)),
        _ => value.GetRawText(),
    };
}
