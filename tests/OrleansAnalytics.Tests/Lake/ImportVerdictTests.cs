using System.Globalization;
using System.Text;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Tests.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>The import's SQL and the live door judge every row alike: the same reasons, the same values, the same duplicates.</summary>
public sealed class ImportVerdictTests
{
    private const int RecordBytes = 1024;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Random_dirty_rows_get_the_verdicts_of_the_live_door(int seed)
    {
        var file = new DirtyFile(seed).Write(rows: 1500);
        await AgreeAsync(file);
    }

    [Theory]
    [InlineData("event_time")]
    [InlineData("price")]
    [InlineData("quantity")]
    [InlineData("page_view_duration")]
    [InlineData("user_id")]
    public async Task Every_text_of_a_field_gets_the_verdict_of_the_live_door(string field)
    {
        string[] names = ["event_time", "event_type", "product_id", "price", "user_id", "quantity", "page_view_duration"];
        string[] usual = ["2019-10-01 00:00:00 UTC", "view", "p", "1", "u", "1", "0"];
        var random = new Random(7);
        var text = new StringBuilder(string.Join(',', names) + "\n");
        foreach (var value in DirtyFile.Texts(field).Concat(Enumerable.Range(0, 3000).Select(_ => DirtyFile.Mutated(random, field))).Where(value => !value.Contains(',', StringComparison.Ordinal)))
        {
            text.AppendJoin(',', names.Select((name, column) => name == field ? value : usual[column])).Append('\n');
        }

        await AgreeAsync(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static async Task AgreeAsync(byte[] file)
    {
        var door = new DoorFixture(new IngestOptions { MaxRecordBytes = RecordBytes, MaxDeadLetterBytes = RecordBytes });
        var (live, _) = await door.TakeAsync(file, RecordFormat.Csv);
        using var lake = new ImportedLake();
        lake.Options.MaxRecordBytes = RecordBytes;
        lake.Options.MaxRejectionBytes = RecordBytes;

        var result = lake.Import(lake.File(file));

        var rejected = door.Rejections()
            .OrderBy(rejection => long.Parse(rejection.Source.Split(':')[1], CultureInfo.InvariantCulture))
            .Select(rejection => $"{rejection.Reason.Name()} {Encoding.Latin1.GetString(rejection.Raw.Span)}");
        Assert.Equal(rejected, lake.Rejected(result.Manifest).Select(row => $"{row.Reason} {row.Text}"));

        var events = door.Events().DistinctBy(shopEvent => shopEvent.Id).ToList();
        Assert.Equal(events.Select(Told).Order(StringComparer.Ordinal), Told(lake).Order(StringComparer.Ordinal));
        Assert.Equal(live.Received, result.Received);
        Assert.Equal(events.Count, result.Accepted);
        Assert.Equal(live.Received - live.RejectedTotal - events.Count, result.Duplicates);
        var ids = events.Select(shopEvent => shopEvent.Id.ToString()).ToHashSet();
        Assert.All(lake.Query("SELECT event_id FROM lake WHERE event_id IS NOT NULL"), id => Assert.Contains(id, ids));
    }

    private static string Told(ShopEvent e) => string.Create(
        CultureInfo.InvariantCulture,
        $"{e.TimeMs}|{e.Kind.Name()}|{e.UserId}|{e.SessionKey}|{e.ProductId}|{e.CategoryId}|{e.CategoryCode}|{e.Brand}|{e.Price.Units}|{e.Quantity}|{e.Url}|{e.DurationMs}");

    private static List<string> Told(ImportedLake lake) => lake.Lake.Read().Single().Files.Count == 0 ? [] : lake.Query("""
        SELECT epoch_ms(event_time), event_type, user_id, user_session, product_id, category_id, category_code, brand, (price::DECIMAL(22, 4) * 10000)::BIGINT, quantity, url, duration_ms
        FROM lake
        """);
}
