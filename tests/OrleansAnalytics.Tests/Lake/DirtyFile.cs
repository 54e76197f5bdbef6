using System.Globalization;
using System.Text;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>CSV as nobody should send it: a random layout, fields and lines of every kind of dirt. The seed decides everything.</summary>
internal sealed class DirtyFile(int seed)
{
    private static readonly string[][] Layouts =
    [
        ["event_time", "event_type", "product_id", "category_id", "category_code", "brand", "price", "user_id", "user_session"],
        ["event_time", "event_type", "product_id", "price", "user_id", "user_session"],
        ["event_id", "event_time", "event_type", "product_id", "price", "user_id", "quantity", "url", "page_view_duration", "other"],
        ["user_id", "timestamp", "url", "page_view_duration"],
        ["transaction_id", "customer_id", "timestamp", "product_name", "product_category", "product_price", "quantity"],
    ];

    private static readonly Dictionary<string, string> SameAs = new()
    {
        ["timestamp"] = "event_time",
        ["customer_id"] = "user_id",
        ["product_name"] = "product_id",
        ["product_category"] = "category_id",
        ["product_price"] = "price",
    };

    private static readonly string[] Times =
    [
        "2019-10-01 00:00:00 UTC", "2019-10-01 00:00:00", "2019-10-01T00:00:00Z", "2019-10-01t00:00:00z", "2019-10-01T02:00:00+02:00", "2019-09-30T19:30:00.5-0430",
        "2019-10-01T02:00:00.1239+02", "2019-10-01 00:00:00.123 UTC", "2019-10-01 00:00:00.123456789", "2019-10-01 00:00:00.12Z", "2024-02-29 23:59:59", "2023-02-29 00:00:00",
        "2023-13-01 00:00:00", "2023-00-01 00:00:00", "2023-01-00 00:00:00", "2023-01-01 24:00:00", "2023-01-01 23:60:00", "2023-01-01 23:00:60", "2023-01-01", "2023-01-01 00:00:00.",
        "2023-01-01 00:00:00 CET", "2023-01-01 00:00:00+1:00", "20x3-01-01 00:00:00", "1569888000000", "", " ", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59-01:00",
        "1970-01-01T00:00:00+01:00", "1970-01-01 00:00:00", "1969-12-31 23:59:59", "0000-01-01 00:00:00", "2026-01-01 01:00:00", "2026-01-01 01:00:00.001", "2025-12-31T23:00:00-02:00",
        "2148-01-01 00:00:00", "2019-10-01 00:00:00  UTC", " 2019-10-01 00:00:00", "2019-10-01 00:00:00 utc", "2019-10-01 00:00:00+18:59", "2019-10-01 00:00:00+19:00",
        "2019-10-01 00:00:00+0a:00", "infinity", "epoch", "2019-10-01 00:00:00 BC", "+2019-10-01 00:00:00", "2019/10/01 00:00:00", "2019-10-01 0:00:00 UTC", "2019-10-01_00:00:00",
    ];

    private static readonly string[] Numbers =
    [
        "", "0", "0.00", "1", "12.34", "33.2", "33.20", "3.32e1", "332E-1", "0.00005", "0.00015", "0.00025", "0.00005000000000000000000000000001", "-0.00", "-0", "0e99999", "1e-99999",
        ".5", "5.", ".", "1e99999", "-0.00001", "-1", "-1.00", "+1", " 1", "1 ", "1,000", "1.2.3", "e5", "1e", "1e+", "1e+5", "1E05", "NaN", "nan", "inf", "Infinity", "0x10", "1_000", "1000_0.00",
        "92233720368547758070000", "1000000000000", "1000000000000.0001", "999999999999.99", "1000000000000.00", "1000000", "1000001", "1.5", "2.0", "2.00000000001", "1e1", "007", "00.50", "true", "1d", "1f", "1.0e0",
        "99999999999999999999999999999999999999", "0.99995", "0.999949", "9999999999999.99995", "1e12", "1e16", "1.00005", "2147483647", "2147483648", "9223372036854775807", "9223372036854775808", "1e00000000000000000000001", "1e-3",
    ];

    private static readonly string[] Ids =
    [
        "541312140", "541312140", "u", "", "2.10381E+18", "1e+5", "5.4e8", "12e5", "1E5", "1.e5", ".5e5", "1e+", "e+5", "é", "日本", " ", "a b", "5\" screen", "a,b", "\"", "NULL", "null", "2.1e-7x", "x2.1e7", new string('x', 256),
        new string('x', 257), new string('é', 128), new string('é', 129), "a\rb", "\0", "a\0b", "'", "\\N", "\\", "#x", "1.5E+3\r",
    ];

    private static readonly string[] Kinds = ["view", "view", "view", "cart", "remove_from_cart", "purchase", "page", "", "View", "views", " view"];

    private readonly Random _random = new(seed);

    /// <summary>Texts that a field may have.</summary>
    public static string[] Texts(string field) => SameAs.GetValueOrDefault(field, field) switch
    {
        "event_time" => Times,
        "event_type" => Kinds,
        "price" or "quantity" or "page_view_duration" => Numbers,
        "url" => [.. Ids, new string('x', 300)],
        _ => Ids,
    };

    /// <summary>A text that is a little different from one that a field may have.</summary>
    public static string Mutated(Random random, string field)
    {
        var texts = Texts(field);
        var text = new StringBuilder(texts[random.Next(texts.Length)]);
        const string letters = "0123456789.-+eE :TZ";
        for (var changes = random.Next(1, 3); changes > 0; changes--)
        {
            var at = random.Next(text.Length + 1);
            if (at < text.Length && random.Next(3) > 0)
            {
                text.Remove(at, 1);
            }

            if (random.Next(3) > 0)
            {
                text.Insert(at, letters[random.Next(letters.Length)]);
            }
        }

        return text.ToString().Trim('\r', '\n');
    }

    /// <summary>The bytes of a file.</summary>
    public byte[] Write(int rows)
    {
        var layout = Layouts[_random.Next(Layouts.Length)].ToArray();
        _random.Shuffle(layout);
        var file = new List<byte>();
        file.AddRange(_random.Next(2) == 0 ? [] : Encoding.UTF8.GetPreamble());
        file.AddRange(Encoding.UTF8.GetBytes(string.Join(',', layout) + "\n"));
        var lines = new List<byte[]>();
        for (var row = 0; row < rows; row++)
        {
            // Most dirt comes alone, so that no reason hides the others; and some lines come twice.
            var line = lines.Count > 0 && _random.Next(5) == 0 ? lines[_random.Next(lines.Count)] : Spoil(Encoding.UTF8.GetBytes(Line(layout)));
            lines.Add(line);
            file.AddRange(line);
            file.AddRange(_random.Next(20) == 0 ? "\r\n"u8 : "\n"u8);
        }

        return [.. file.Take(file.Count - _random.Next(3))];
    }

    private string Line(string[] layout)
    {
        var dirty = _random.Next(3);
        var cells = layout.Select(field =>
        {
            var text = _random.Next(layout.Length) < dirty ? Texts(field)[_random.Next(Texts(field).Length)] : Usual(field);
            return _random.Next(30) == 0 || text.AsSpan().IndexOfAny(",\"") == 0 || text.Contains(',', StringComparison.Ordinal)
                ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
        });
        return string.Join(',', cells);
    }

    private string Usual(string field) => SameAs.GetValueOrDefault(field, field) switch
    {
        "event_time" => string.Create(CultureInfo.InvariantCulture, $"2019-10-0{_random.Next(1, 4)} 0{_random.Next(3)}:00:0{_random.Next(4)}{(_random.Next(2) == 0 ? " UTC" : "")}"),
        "event_type" => Kinds[_random.Next(7)],
        "price" => _random.Next(2) == 0 ? "12.30" : "12.3",
        "quantity" => "2",
        "page_view_duration" => "20.5",
        _ => _random.Next(3).ToString(CultureInfo.InvariantCulture),
    };

    private byte[] Spoil(byte[] line) => _random.Next(40) switch
    {
        0 => [.. line, (byte)','],
        1 => line[..(line.Length / 2)],
        2 => [.. line[..(line.Length / 2)], 0xff, .. line[(line.Length / 2)..]],
        3 => [.. line[..(line.Length / 2)], (byte)'"', .. line[(line.Length / 2)..]],
        4 => [],
        5 => [.. "  \t"u8],
        6 => [.. line, .. Enumerable.Repeat((byte)'y', 1100 - Math.Min(1100, line.Length) + _random.Next(3))],
        7 => [.. line, .. Enumerable.Repeat((byte)'y', Math.Max(0, 1023 - line.Length) + _random.Next(4))],
        _ => line,
    };
}
