using System.Text;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// What the columns of a CSV text mean, by its header, in any order; unknown columns are ignored. Three layouts are known: shop events as REES46
/// writes them, page visits, and order lines, whose names of columns are its own.
/// </summary>
public sealed class CsvColumns
{
    private static readonly Layout ShopEvents = new(
        DefaultKind: null,
        Required: ["event_time", "event_type", "product_id", "price", "user_id"],
        Names: new Dictionary<string, DraftField>(Enum.GetValues<DraftField>().Select(f => KeyValuePair.Create(f.Name(), f))));

    private static readonly Layout PageVisits = new(
        DefaultKind: EventKind.Page,
        Required: ["user_id", "timestamp", "url", "page_view_duration"],
        Names: new Dictionary<string, DraftField>
        {
            ["user_id"] = DraftField.UserId,
            ["timestamp"] = DraftField.EventTime,
            ["url"] = DraftField.Url,
            ["page_view_duration"] = DraftField.PageViewDuration,
            ["user_session"] = DraftField.UserSession,
            ["event_id"] = DraftField.EventId,
        });

    private static readonly Layout OrderLines = new(
        DefaultKind: EventKind.Purchase,
        Required: ["transaction_id", "customer_id", "timestamp", "product_name", "product_price", "quantity"],
        Names: new Dictionary<string, DraftField>
        {
            ["transaction_id"] = DraftField.TransactionId,
            ["customer_id"] = DraftField.UserId,
            ["timestamp"] = DraftField.EventTime,
            ["product_name"] = DraftField.ProductId,
            ["product_category"] = DraftField.CategoryId,
            ["product_price"] = DraftField.Price,
            ["quantity"] = DraftField.Quantity,
            ["user_session"] = DraftField.UserSession,
        });

    private readonly DraftField?[] _fields;

    private CsvColumns(DraftField?[] fields, EventKind? defaultKind)
    {
        _fields = fields;
        DefaultKind = defaultKind;
    }

    /// <summary>The number of columns every row must have.</summary>
    public int Count => _fields.Length;

    /// <summary>The kind of rows that do not name one.</summary>
    public EventKind? DefaultKind { get; }

    /// <summary>The field of a column; null if it is ignored.</summary>
    public DraftField? this[int column] => _fields[column];

    /// <summary>Reads a header line.</summary>
    /// <exception cref="SourceException">A column is missing or there twice; the message names it.</exception>
    public static CsvColumns Parse(ReadOnlyMemory<byte> header)
    {
        var names = Names(header);
        var layout = LayoutOf(names);
        var missing = layout.Required.Where(required => !names.Contains(required)).ToList();
        if (missing.Count > 0)
        {
            throw new SourceException(SourceProblem.WrongColumns, $"columns are missing: {string.Join(", ", missing)}; found: {Shown(names)}");
        }

        var twice = names.Where(layout.Names.ContainsKey).GroupBy(name => name).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new SourceException(SourceProblem.WrongColumns, $"column {twice.Key} is there {twice.Count()} times");
        }

        var fields = names.Select(name => layout.Names.TryGetValue(name, out var field) ? field : (DraftField?)null);
        return new CsvColumns([.. fields], layout.DefaultKind);
    }

    private static List<string> Names(ReadOnlyMemory<byte> header)
    {
        var names = new List<string>();
        var splitter = new CsvSplitter();
        splitter.Begin(header);
        while (splitter.HasMore)
        {
            if (!splitter.TryNext(out var name))
            {
                throw new SourceException(SourceProblem.WrongColumns, "the header has a quote that is not closed");
            }

            names.Add(Encoding.UTF8.GetString(name.Span).Trim().ToLowerInvariant());
        }

        return names;
    }

    private static Layout LayoutOf(List<string> names) =>
        names.Contains("event_time") || names.Contains("event_type") ? ShopEvents
        : names.Contains("transaction_id") || names.Contains("customer_id") ? OrderLines
        : names.Contains("url") || names.Contains("page_view_duration") ? PageVisits
        : ShopEvents;

    private static string Shown(List<string> names)
    {
        const int most = 200;
        var all = string.Join(", ", names);
        return all.Length <= most ? all : $"{all[..most]}…";
    }

    private sealed record Layout(EventKind? DefaultKind, string[] Required, Dictionary<string, DraftField> Names);
}
