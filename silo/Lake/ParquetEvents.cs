using System.IO.Compression;
using OrleansAnalytics.Events;
using Parquet;
using Parquet.Schema;

namespace OrleansAnalytics.Lake;

/// <summary>Events as the columns of a Parquet file of one row group; the columns are those of the lake's description (<c>grain-interfaces/LAKE.md</c>).</summary>
/// <param name="partition">The partition of the log that the events are of.</param>
internal sealed class ParquetEvents(int partition)
{
    private const int PricePrecision = 18;
    private const int PriceScale = 4;

    private static readonly DateTimeDataField EventTime = new("event_time", DateTimeFormat.Timestamp, isAdjustedToUTC: true);
    private static readonly DataField EventType = Text("event_type", isNullable: false);
    private static readonly DataField UserId = Text("user_id", isNullable: false);
    private static readonly DataField UserSession = Text("user_session");
    private static readonly DataField ProductId = Text("product_id");
    private static readonly DataField CategoryId = Text("category_id");
    private static readonly DataField CategoryCode = Text("category_code");
    private static readonly DataField Brand = Text("brand");
    private static readonly DecimalDataField Price = new("price", PricePrecision, PriceScale);
    private static readonly DataField Quantity = new("quantity", typeof(int));
    private static readonly DataField Url = Text("url");
    private static readonly DataField DurationMs = new("duration_ms", typeof(long));
    private static readonly DataField EventId = Text("event_id");
    private static readonly DataField LogPartition = new("log_partition", typeof(int), isNullable: true);
    private static readonly DataField LogPosition = new("log_position", typeof(long), isNullable: true);

    private static readonly ParquetSchema Schema = new(
        EventTime, EventType, UserId, UserSession, ProductId, CategoryId, CategoryCode, Brand, Price, Quantity, Url, DurationMs, EventId, LogPartition, LogPosition);

    private static readonly ParquetOptions Options = new() { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Fastest };

    private readonly List<ShopEvent> _events = [];
    private readonly List<long?> _positions = [];

    /// <summary>Adds an event.</summary>
    public void Add(long position, ShopEvent shopEvent)
    {
        _events.Add(shopEvent);
        _positions.Add(position);
    }

    /// <summary>Writes the file; leaves <paramref name="stream"/> open.</summary>
    public async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using var writer = await ParquetWriter.CreateAsync(Schema, stream, Options, cancellationToken: cancellationToken);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync<DateTime>(EventTime, Column(one => one.Time.UtcDateTime), cancellationToken: cancellationToken);
        await group.WriteAsync(EventType, Column(one => one.Kind.Name()));
        await group.WriteAsync(UserId, Column(one => one.UserId));
        await group.WriteAsync(UserSession, Column(one => one.SessionKey)!);
        await group.WriteAsync(ProductId, Column(one => one.ProductId)!);
        await group.WriteAsync(CategoryId, Column(one => one.CategoryId)!);
        await group.WriteAsync(CategoryCode, Column(one => one.CategoryCode)!);
        await group.WriteAsync(Brand, Column(one => one.Brand)!);
        await group.WriteAsync<decimal>(Price, Column(one => one.Price.Amount), cancellationToken: cancellationToken);
        await group.WriteAsync<int>(Quantity, Column(one => one.Quantity), cancellationToken: cancellationToken);
        await group.WriteAsync(Url, Column(one => one.Url)!);
        await group.WriteAsync<long>(DurationMs, Column(one => one.DurationMs), cancellationToken: cancellationToken);
        await group.WriteAsync(EventId, Column(ToldId)!);
        await group.WriteAsync<int>(LogPartition, Column(_ => (int?)partition), cancellationToken: cancellationToken);
        await group.WriteAsync<long>(LogPosition, _positions.ToArray(), cancellationToken: cancellationToken);
        group.CompleteValidate();
    }

    /// <summary>The producer's id. A hash of the fields need not be kept: whoever has the fields has it, and nothing else of an event is as large when compressed.</summary>
    private static string? ToldId(ShopEvent shopEvent) =>
        shopEvent.Id == EventIds.FromFields(shopEvent) ? null : $"{shopEvent.Id.High:x16}{shopEvent.Id.Low:x16}";

    private static DataField Text(string name, bool isNullable = true) => new(name, typeof(string), isNullable);

    private T[] Column<T>(Func<ShopEvent, T> cell)
    {
        var cells = new T[_events.Count];
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i] = cell(_events[i]);
        }

        return cells;
    }
}
