using System.IO.Compression;
using OrleansAnalytics.Events;
using Parquet;
using Parquet.Schema;

namespace OrleansAnalytics.Lake;

/// <summary>Events as the columns of a Parquet file of one row group; the columns are those of the lake's description (<c>grain-interfaces/LAKE.md</c>).</summary>
/// <param name="partition">The partition of the log that the events are of.</param>
internal sealed class ParquetEvents(int partition) : IDisposable
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

    private static readonly ReadOnlyMemory<char>[] Kinds = [.. EventKinds.All.Select(kind => kind.Name().AsMemory())];

    private readonly EventColumns _columns = new();

    /// <summary>Adds an event, whose bytes stay as they are until the file is written.</summary>
    public void Add(in EncodedEvent encoded) => _columns.Add(encoded);

    /// <summary>Writes the file; leaves <paramref name="stream"/> open.</summary>
    public async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        _columns.Read();
        await using var writer = await ParquetWriter.CreateAsync(Schema, stream, Options, cancellationToken: cancellationToken);
        using var group = writer.CreateRowGroup();
        await group.WriteAsync(EventTime, _columns.Times(), cancellationToken: cancellationToken);
        await group.WriteAsync(EventType, _columns.Kinds(Kinds), cancellationToken: cancellationToken);
        await group.WriteAsync(UserId, _columns.Texts(EventText.User).Cells, cancellationToken: cancellationToken);
        await WriteTextAsync(UserSession, EventText.Session);
        await WriteTextAsync(ProductId, EventText.Product);
        await WriteTextAsync(CategoryId, EventText.Category);
        await WriteTextAsync(CategoryCode, EventText.Code);
        await WriteTextAsync(Brand, EventText.Brand);
        await group.WriteAsync(Price, _columns.Prices(), cancellationToken: cancellationToken);
        await group.WriteAsync(Quantity, _columns.Quantities(), cancellationToken: cancellationToken);
        await WriteTextAsync(Url, EventText.Url);
        await group.WriteAsync(DurationMs, _columns.Durations(), cancellationToken: cancellationToken);
        await WriteAllAsync(EventId, _columns.ToldIds());
        await WriteAllAsync(LogPartition, _columns.All(partition));
        await WriteAllAsync(LogPosition, _columns.Positions());
        group.CompleteValidate();

        Task WriteTextAsync(DataField field, EventText text) => WriteAllAsync(field, _columns.Texts(text));

        Task WriteAllAsync<T>(DataField field, OptionalCells<T> column)
            where T : struct => group.WriteAllPartsAsync(field, column.Cells, column.Levels, null, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _columns.Dispose();

    private static DataField Text(string name, bool isNullable = true) => new(name, typeof(string), isNullable);
}
