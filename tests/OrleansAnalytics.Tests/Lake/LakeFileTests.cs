using System.Globalization;
using DuckDB.NET.Data;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>What is in a file of the lake, read by another program than the one that writes it.</summary>
public sealed class LakeFileTests : IDisposable
{
    private const long Start = 1_569_895_200_000;

    private static readonly string?[] Texts = [null, "", "205301355", "appliances.kitchen.mixer", "bränd", "日本語", "/x/😀?q='1'", "a\nb\t\"", new string('ü', 300)];

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Every_field_of_every_event_comes_back()
    {
        // The second file is smaller and has other texts missing: what the first one left in its memory must not show.
        await WritesAsync([.. Enumerable.Range(1, 3000).Select(Event)]);
        await WritesAsync([.. Enumerable.Range(5000, 40).Select(Event)]);
        await WritesAsync([Event(7)]);
    }

    [Fact]
    public async Task Texts_that_are_no_utf8_are_stored_as_the_rest_of_the_program_shows_them()
    {
        var told = EncodedEvents.Of(1, Event(1) with { UserId = "uXuu" });
        var bytes = told.Bytes.ToArray();
        bytes[bytes.AsSpan().IndexOf("uXuu"u8) + 1] = 0xff;
        var damaged = told with { Bytes = bytes };

        Assert.Equal("u\ufffduu", Assert.Single(await RowsAsync([damaged])).User);
        Assert.Equal("u\ufffduu", damaged.Decode(new EventTexts(2)).UserId);
    }

    [Fact]
    public async Task Only_an_id_that_a_producer_gave_is_kept()
    {
        var given = EncodedEvents.Of(1, Event(1) with { Id = new EventId(0xabc, 1) });
        var computed = EncodedEvents.Of(2, Event(1) with { Id = EventIds.FromFields(given.Fields()) });

        var rows = await RowsAsync([given, computed]);
        Assert.Equal(["0000000000000abc0000000000000001", null], rows.Select(row => row.Id));
    }

    private static ShopEvent Event(int number) => new()
    {
        Id = new EventId((ulong)number, ulong.MaxValue - (ulong)number),
        TimeMs = Start + (number * 7919 % EventTime.HourMs),
        Kind = EventKinds.All[number % EventKinds.Count],
        UserId = $"user-{number * 31 % 17}é",
        SessionKey = Texts[number % Texts.Length],
        ProductId = Texts[number / 2 % Texts.Length],
        CategoryId = Texts[number / 3 % Texts.Length],
        CategoryCode = Texts[number / 5 % Texts.Length],
        Brand = Texts[number / 7 % Texts.Length],
        Price = new Money((number * 7_777_777L) - 100),
        Quantity = number % 5,
        Url = Texts[number / 11 % Texts.Length],
        DurationMs = number * 1_000_003L,
    };

    private async Task WritesAsync(ShopEvent[] events)
    {
        var expected = events.Select((one, i) => new Row(
            DateTimeOffset.FromUnixTimeMilliseconds(one.TimeMs).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.FFF", CultureInfo.InvariantCulture),
            one.Kind.Name(),
            one.UserId,
            one.SessionKey,
            one.ProductId,
            one.CategoryId,
            one.CategoryCode,
            one.Brand,
            one.Price.Amount,
            one.Quantity,
            one.Url,
            one.DurationMs,
            $"{one.Id.High:x16}{one.Id.Low:x16}",
            3,
            i + 10));
        Assert.Equal(expected, await RowsAsync([.. events.Select((one, i) => EncodedEvents.Of(i + 10, one))]));
    }

    private async Task<List<Row>> RowsAsync(EncodedEvent[] events)
    {
        var folder = new LakeFolder(_folder.Next());
        var sink = new DirectoryLakeSink(folder);
        const string name = "date=2019-10-01/hour=02/p00003-1.parquet";
        await using (var file = sink.Create(name, 3))
        {
            foreach (var one in events)
            {
                file.Add(one);
            }

            await file.CompleteAsync(TestContext.Current.CancellationToken);
        }

        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"""
            SET TimeZone = 'UTC';
            SELECT strftime(event_time AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%g'), event_type, user_id, user_session, product_id, category_id, category_code, brand, price, quantity, url,
                duration_ms, event_id, log_partition, log_position
            FROM read_parquet('{Path.Combine(folder.Events, name)}', hive_partitioning = false)
            """;
        using var reader = command.ExecuteReader();
        var rows = new List<Row>();
        while (reader.Read())
        {
            string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
            rows.Add(new Row(
                reader.GetString(0).TrimEnd('0').TrimEnd('.'), Text(1), Text(2), Text(3), Text(4), Text(5), Text(6), Text(7), reader.GetDecimal(8), reader.GetInt32(9), Text(10), reader.GetInt64(11),
                Text(12), reader.GetInt32(13), reader.GetInt64(14)));
        }

        return rows;
    }

    private sealed record Row(
        string Time,
        string? Kind,
        string? User,
        string? Session,
        string? Product,
        string? Category,
        string? Code,
        string? Brand,
        decimal Price,
        int Quantity,
        string? Url,
        long DurationMs,
        string? Id,
        int Partition,
        long Position);
}
