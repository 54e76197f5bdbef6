using System.Text;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// What the columns of a file mean, by their names, in any order; unknown columns are ignored. Three layouts are known, the same as at the live door: shop
/// events as REES46 writes them, page visits, and order lines, whose names of columns are its own.
/// </summary>
internal sealed class ImportColumns
{
    private static readonly string[] EventFields =
    [
        "event_id", "event_time", "event_type", "product_id", "category_id", "category_code", "brand", "price", "user_id", "user_session", "url",
        "page_view_duration", "quantity", "transaction_id",
    ];

    private static readonly Layout ShopEvents = new(
        DefaultKind: null,
        Required: ["event_time", "event_type", "product_id", "price", "user_id"],
        Names: EventFields.ToDictionary(name => name));

    private static readonly Layout PageVisits = new(
        DefaultKind: "page",
        Required: ["user_id", "timestamp", "url", "page_view_duration"],
        Names: new Dictionary<string, string>
        {
            ["user_id"] = "user_id",
            ["timestamp"] = "event_time",
            ["url"] = "url",
            ["page_view_duration"] = "page_view_duration",
            ["user_session"] = "user_session",
            ["event_id"] = "event_id",
        });

    private static readonly Layout OrderLines = new(
        DefaultKind: "purchase",
        Required: ["transaction_id", "customer_id", "timestamp", "product_name", "product_price", "quantity"],
        Names: new Dictionary<string, string>
        {
            ["transaction_id"] = "transaction_id",
            ["customer_id"] = "user_id",
            ["timestamp"] = "event_time",
            ["product_name"] = "product_id",
            ["product_category"] = "category_id",
            ["product_price"] = "price",
            ["quantity"] = "quantity",
            ["user_session"] = "user_session",
        });

    private readonly Dictionary<string, int> _columns;

    private ImportColumns(int count, string? defaultKind, Dictionary<string, int> columns)
    {
        Count = count;
        DefaultKind = defaultKind;
        _columns = columns;
        Time = columns["event_time"];
    }

    /// <summary>All fields of an event, by their names in REES46 files.</summary>
    public static IReadOnlyList<string> Fields => EventFields;

    /// <summary>The number of columns that every row must have.</summary>
    public int Count { get; }

    /// <summary>The kind of rows that do not name one.</summary>
    public string? DefaultKind { get; }

    /// <summary>The column of the event time.</summary>
    public int Time { get; }

    /// <summary>True if the producer gave its events ids.</summary>
    public bool HasEventIds => _columns.ContainsKey("event_id");

    /// <summary>The column of a field; null if there is none.</summary>
    public int? ColumnOf(string field) => _columns.TryGetValue(field, out var column) ? column : null;

    /// <summary>Reads the header line of a CSV file.</summary>
    /// <exception cref="InvalidDataException">A column is missing or there twice; the message names it.</exception>
    public static ImportColumns Parse(ReadOnlySpan<byte> header)
    {
        var fields = new CsvFields();
        if (!fields.TryDivide(header))
        {
            throw new InvalidDataException("the header has a quote that is not closed");
        }

        return Parse([.. Enumerable.Range(0, fields.Count).Select(column => Encoding.UTF8.GetString(fields[column]))]);
    }

    /// <summary>Finds the layout that names of columns belong to.</summary>
    /// <exception cref="InvalidDataException">A column is missing or there twice; the message names it.</exception>
    public static ImportColumns Parse(IReadOnlyList<string> header)
    {
        var names = header.Select(name => name.Trim().ToLowerInvariant()).ToList();
        var layout = LayoutOf(names);
        var missing = layout.Required.Where(required => !names.Contains(required)).ToList();
        if (missing.Count > 0)
        {
            throw new InvalidDataException($"columns are missing: {string.Join(", ", missing)}; found: {Shown(names)}");
        }

        var twice = names.Where(layout.Names.ContainsKey).GroupBy(name => name).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new InvalidDataException($"column {twice.Key} is there {twice.Count()} times");
        }

        var columns = names.Select((name, column) => (Name: name, Column: column)).Where(pair => layout.Names.ContainsKey(pair.Name));
        return new ImportColumns(names.Count, layout.DefaultKind, columns.ToDictionary(pair => layout.Names[pair.Name], pair => pair.Column));
    }

    private static Layout LayoutOf(List<string> names) =>
        names.Contains("event_time") || names.Contains("event_type") ? ShopEvents
        : names.Contains("transaction_id") || names.Contains("customer_id") ? OrderLines
        : names.Contains("url") || names.Contains("page_view_duration") ? PageVisits
        : ShopEvents;

    private static string Shown(List<string> names)
    {
        const int most = 200;
        var all = string.Concat(string.Join(", ", names).Select(c => char.IsControl(c) ? '·' : c));
        return all.Length <= most ? all : $"{all[..most]}…";
    }

    private sealed record Layout(string? DefaultKind, string[] Required, Dictionary<string, string> Names);
}
