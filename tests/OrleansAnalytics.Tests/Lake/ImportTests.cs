using System.IO.Compression;
using System.Text.Json;
using OrleansAnalytics.Events;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class ImportTests : IDisposable
{
    private const string Header = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n";

    private readonly ImportedLake _lake = new();

    public void Dispose() => _lake.Dispose();

    [Theory]
    [InlineData("rees46-2019-10-01")]
    [InlineData("cosmetics-2022-10-01")]
    [InlineData("cosmetics-2022-11-01")]
    [InlineData("mangled-ids")]
    public void Sample_files_give_the_golden_counts(string name)
    {
        var result = _lake.Import(SharedData.Path(name + ".csv"));

        using var golden = JsonDocument.Parse(File.ReadAllBytes(SharedData.Path($"golden/{name}.json")));
        var expected = golden.RootElement.GetProperty("ingest");
        Assert.Equal(expected.GetProperty("received").GetInt64(), result.Received);
        Assert.Equal(expected.GetProperty("accepted").GetInt64(), result.Accepted);
        Assert.Equal(expected.GetProperty("duplicates").GetInt64(), result.Duplicates);
        Assert.Equal(expected.GetProperty("rejected").EnumerateObject().ToDictionary(reason => reason.Name, reason => reason.Value.GetInt64()), result.Manifest.Rejected);
        Assert.Equal(result.Rejected, _lake.Rejected(result.Manifest).Count);
    }

    [Fact]
    public void Files_have_the_schema_and_the_places_of_the_lake()
    {
        _lake.Import(SharedData.Path("rees46-2019-10-01.csv"));

        var file = _lake.Lake.Read().Single().Files[0];
        Assert.StartsWith("date=2019-10-01/hour=00/import-", file.Path, StringComparison.Ordinal);
        Assert.Equal(
            [
                "event_time|INT64|TIMESTAMP WITH TIME ZONE", "event_type|BYTE_ARRAY|VARCHAR", "user_id|BYTE_ARRAY|VARCHAR", "user_session|BYTE_ARRAY|VARCHAR",
                "product_id|BYTE_ARRAY|VARCHAR", "category_id|BYTE_ARRAY|VARCHAR", "category_code|BYTE_ARRAY|VARCHAR", "brand|BYTE_ARRAY|VARCHAR",
                "price|INT64|DECIMAL(18,4)", "quantity|INT32|INTEGER", "url|BYTE_ARRAY|VARCHAR", "duration_ms|INT64|BIGINT", "event_id|BYTE_ARRAY|VARCHAR",
                "log_partition|INT32|INTEGER", "log_position|INT64|BIGINT",
            ],
            ImportedLake.Ask($"SELECT name, type, duckdb_type FROM parquet_schema('{_lake.Lake.PathOf(file)}') WHERE type IS NOT NULL"));
        Assert.Equal(
            ["TIMESTAMP_MILLIS|TimestampType(isAdjustedToUTC=1, unit=TimeUnit(MILLIS=MilliSeconds(), MICROS=<null>, NANOS=<null>))"],
            ImportedLake.Ask($"SELECT converted_type, logical_type FROM parquet_schema('{_lake.Lake.PathOf(file)}') WHERE name = 'event_time'"));
        Assert.Equal(["ZSTD"], ImportedLake.Ask($"SELECT DISTINCT compression FROM parquet_metadata('{_lake.Lake.PathOf(file)}')"));
        Assert.All(_lake.Lake.Read().Single().Files, each => Assert.Equal(new FileInfo(_lake.Lake.PathOf(each)).Length, each.Bytes));
        Assert.Equal(
            ["0"],
            ImportedLake.Ask($"""
                SELECT count(*) FROM (SELECT (user_id, event_time) < lag((user_id, event_time)) OVER (ORDER BY file_row_number) AS falls
                FROM read_parquet('{_lake.Lake.PathOf(file)}', file_row_number = true)) WHERE falls
                """));
        Assert.Equal(["0"], _lake.Query("SELECT count(*) FROM lake WHERE strftime(event_time, '%Y-%m-%d %H') <> date::VARCHAR || ' ' || lpad(hour::VARCHAR, 2, '0')"));
    }

    [Fact]
    public void The_same_content_again_changes_nothing()
    {
        var plain = SharedData.Path("cosmetics-2022-10-01.csv");
        var packed = _lake.File(Gzip(File.ReadAllBytes(plain)));
        var first = _lake.Import(plain);
        var before = _lake.Entries();

        var second = _lake.Import(plain);
        var third = _lake.Import(packed);

        Assert.False(first.WasThere);
        Assert.True(second.WasThere);
        Assert.True(third.WasThere);
        Assert.Equal(first.Manifest.ToUtf8(), third.Manifest.ToUtf8());
        Assert.Equal(before, _lake.Entries());
        Assert.False(Directory.Exists(Path.Combine(_lake.Lake.Root, ".import")));
    }

    [Fact]
    public void Columns_may_stand_in_any_order_and_be_absent()
    {
        var result = _lake.Import(_lake.File("USER_ID, price ,extra,event_type,product_id,event_time\r\nu1,1.5,x,view,p1,2019-10-01 00:00:00 UTC\r\n"));

        Assert.Equal(1, result.Accepted);
        Assert.Equal(["u1|view|p1|1.5000|1||0"], _lake.Query("SELECT user_id, event_type, product_id, price, quantity, brand, duration_ms FROM lake"));
    }

    [Fact]
    public void Page_visits_and_order_lines_are_read()
    {
        Assert.Equal(31, _lake.Import(SharedData.Path("page-visits/user_visited.csv")).Accepted);
        Assert.Equal(42, _lake.Import(SharedData.Path("customer-purchases/customer_input.txt")).Accepted);

        Assert.Equal(["page|915000"], _lake.Query("SELECT event_type, sum(duration_ms) FROM lake WHERE event_type = 'page' GROUP BY 1"));
        Assert.Equal(["purchase|Widget A|Widgets|9.9900|2"], _lake.Query("SELECT event_type, product_id, category_id, price, quantity FROM lake WHERE user_id = '101' AND date = '2022-01-01'"));
    }

    [Fact]
    public void The_first_of_two_rows_with_one_producers_id_is_the_event()
    {
        var result = _lake.Import(_lake.File(
            "event_id,event_time,event_type,product_id,price,user_id\n"
            + "a,2019-10-01 05:00:00,view,p1,1,u1\na,2019-10-01 02:00:00,cart,p2,2,u1\na,2019-10-01 02:00:00,cart,p2,2,u2\n,2019-10-01 02:00:00,view,p,1,u1\n"));

        Assert.Equal(1, result.Duplicates);
        Assert.Equal(
            [$"p|", $"p1|{EventIds.FromProducer("u1"u8, "a"u8)}", $"p2|{EventIds.FromProducer("u2"u8, "a"u8)}"],
            _lake.Query("SELECT product_id, event_id FROM lake ORDER BY product_id"));
    }

    [Fact]
    public void Parquet_gives_the_same_events_as_csv()
    {
        using var other = new ImportedLake();
        var csv = SharedData.Path("rees46-2019-10-01.csv");
        var parquet = _lake.File("");
        ImportedLake.Ask($"COPY (SELECT *, 1 AS unknown FROM read_csv('{csv}', all_varchar = true, ignore_errors = true)) TO '{parquet}' (FORMAT parquet)");
        other.Import(csv);

        var result = _lake.Import(parquet);

        const string all = "SELECT epoch_ms(event_time), * EXCLUDE (event_time) FROM lake ORDER BY ALL";
        Assert.Equal(17_429, result.Accepted);
        Assert.Equal(other.Query(all), _lake.Query(all));
        Assert.True(_lake.Import(parquet).WasThere);
    }

    [Fact]
    public void Rejected_rows_of_a_parquet_file_are_written_down_with_their_row()
    {
        var parquet = _lake.File("");
        ImportedLake.Ask($"""
            COPY (SELECT '2019-10-01 00:00:00' AS event_time, 'view' AS event_type, n AS product_id, CASE WHEN n = 2 THEN -1.5 ELSE 1.5 END AS price, 'u' AS user_id
            FROM range(4) AS t(n)) TO '{parquet}' (FORMAT parquet)
            """);

        var result = _lake.Import(parquet);

        Assert.Equal(3, result.Accepted);
        var rejected = Assert.Single(_lake.Rejected(result.Manifest));
        Assert.Equal(("bad_price", 3L), (rejected.Reason, rejected.Line));
        Assert.Contains("\"price\":-1.5", rejected.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Rejected_rows_are_all_counted_and_the_first_are_kept()
    {
        _lake.Options.KeptRejections = 2;
        var rows = string.Concat(Enumerable.Range(0, 5000).Select(i => i % 2 == 0 ? $"never,view,{i},,,,1,u,s\n" : "cut\n"));

        var result = _lake.Import(_lake.File(Header + rows));

        Assert.Equal(new Dictionary<string, long> { ["malformed"] = 2500, ["bad_time"] = 2500 }, result.Manifest.Rejected);
        Assert.Equal([("bad_time", 2L, "never,view,0,,,,1,u,s"), ("malformed", 3L, "cut")], _lake.Rejected(result.Manifest));
    }

    [Fact]
    public void Several_hours_in_any_order_become_files_of_their_own()
    {
        var rows = Enumerable.Range(0, 3000).Select(i => $"2019-10-{1 + (i * 7 % 28):00}T{i * 11 % 24:00}:{i % 60:00}:00{(i % 3 == 0 ? "+01:00" : "Z")},view,{i},,,\"a, b\",1,u{i % 50},s\n");

        var result = _lake.Import(_lake.File(Header + string.Concat(rows)));

        Assert.Equal(3000, result.Accepted);
        Assert.Equal(result.Manifest.Files.Count, result.Manifest.Files.Select(file => Path.GetDirectoryName(file.Path)).Distinct().Count());
        Assert.Equal(["3000"], _lake.Query("SELECT count(*) FROM lake WHERE brand = 'a, b' AND extract(hour FROM event_time) = hour AND event_time::DATE = date"));
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
