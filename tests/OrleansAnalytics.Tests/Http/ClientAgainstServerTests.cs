using System.Text.Json;
using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Http;

public sealed class ClientAgainstServerTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2022, 10, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly ServedShop _shop = new();
    private AnalyticsClient? _client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AnalyticsClient Client => _client!;

    public async ValueTask InitializeAsync()
    {
        await _shop.InitializeAsync();
        _client = new AnalyticsClient(new AnalyticsClientOptions { BaseAddress = _shop.Address, BatchSize = 2, UploadChunkBytes = 4096, MaxRetries = 0 });
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        await _shop.DisposeAsync();
    }

    [Fact]
    public async Task What_is_sent_can_be_asked_for()
    {
        const string Url = "https://shop/x?y=1&z=ä";
        ShopEventInput[] events =
        [
            Event(0, EventKind.View), Event(1, EventKind.Cart), Event(2, EventKind.Purchase), Event(3, EventKind.Cart) with { ProductId = "p/2" },
            new() { EventTime = Noon.AddSeconds(4.5), Kind = EventKind.Page, UserId = "u/1", SessionKey = "s", Url = Url, Duration = TimeSpan.FromSeconds(12.5) },
            Event(5, EventKind.View) with { UserId = "" },
        ];
        var sent = await Client.SendAsync(events, Token);
        await _shop.QuietAsync();

        Assert.Equal((6, 5, 1), (sent.Received, sent.Appended, sent.RejectedTotal));
        Assert.Equal(new RejectedRecord(5, "missing_user"), Assert.Single(sent.Rejected));

        var journey = await Client.GetJourneyAsync("u/1", cancellationToken: Token);
        Assert.Equal(("u/1", 5, 1, Money.FromAmount(7.4m)), (journey!.UserId, journey.Events, journey.Sessions, journey.Revenue));
        Assert.Equal(["p/1", "p/1", "p/1", "p/2", Url], journey.Steps.Select(step => step.Subject));
        Assert.Equal(new OpenCartLine("p/2", Money.FromAmount(3.7m), Noon.AddSeconds(3)), Assert.Single(journey.OpenCart));
        Assert.Equal((Noon, Noon.AddSeconds(4.5)), (journey.FirstSeen, journey.LastSeen));
        Assert.Equal("s", Assert.Single(journey.SessionList).Key);
        var part = await Client.GetJourneyAsync("u/1", Noon.AddSeconds(1), Noon.AddSeconds(3), Token);
        Assert.Equal([EventKind.Cart, EventKind.Purchase], part!.Steps.Select(step => step.Kind));

        var product = await Client.GetProductAsync("p/1", Token);
        Assert.Equal(("p/1", "c 7", "a.b", "acme & co", 3), (product!.ProductId, product.CategoryId, product.CategoryCode, product.Brand, product.Activity.Events));
        var category = await Client.GetCategoryAsync("c 7", Token);
        Assert.Equal((4, 4), (category!.Activity.Events, category.HourOfDay[12].Kinds.Values.Sum()));
        Assert.Equal(Money.FromAmount(7.4m), (await Client.GetBrandAsync("acme & co", Token))!.Activity.Revenue);
        var page = await Client.GetPageAsync(Url, Token);
        Assert.Equal((1, 12.5m), (page!.Visits, page.TotalSeconds));

        Assert.Null(await Client.GetJourneyAsync("nobody", cancellationToken: Token));
        Assert.Null(await Client.GetProductAsync("nothing", Token));
        Assert.Null(await Client.GetCategoryAsync("nothing", Token));
        Assert.Null(await Client.GetBrandAsync("nothing", Token));
        Assert.Null(await Client.GetPageAsync("nothing", Token));
    }

    [Fact]
    public async Task An_uploaded_file_gives_the_golden_answers_however_often_it_is_sent()
    {
        const string Sample = "cosmetics-2022-10-01";
        var golden = Answers.Golden(Sample);
        for (var time = 1; time <= 2; time++)
        {
            await using var file = File.OpenRead(SharedData.Path($"{Sample}.csv"));
            var sent = await Client.UploadAsync(file, RecordFormat.Csv, Sample, cancellationToken: Token);
            Assert.Equal((999, 999), (sent.Received, sent.Appended));
            foreach (var name in ReportNames.All.Except([ReportNames.Ingest]))
            {
                await _shop.FreshReportAsync(name);
                var report = await Client.GetReportAsync(name, Token);
                Assert.Null(JsonEquality.Difference(JsonSerializer.SerializeToElement(golden[name]), report, name));
            }
        }

        await _shop.FreshReportAsync(ReportNames.Ingest);
        Assert.Equal("outcome,events\r\nreceived,1998\r\naccepted,924\r\nduplicates,1074\r\nrejected,0\r\n", await Client.GetReportCsvAsync(ReportNames.Ingest, Token));
        var status = await Client.GetStatusAsync(Token);
        Assert.True(status.Ready);
        Assert.Equal((1998, 924, 1074, 0, 0), (status.Totals.Received, status.Totals.Accepted, status.Totals.Duplicates, status.Totals.Rejected, status.Totals.Lag));
        Assert.All(status.Partitions, partition => Assert.Equal("running", partition.Phase));
    }

    [Fact]
    public async Task Dead_letters_and_refusals_come_through()
    {
        await using (var file = File.OpenRead(SharedData.Path("mangled-ids.csv")))
        {
            await Client.UploadAsync(file, RecordFormat.Csv, "mangled.csv", cancellationToken: Token);
        }

        await _shop.QuietAsync();
        var first = await Client.GetDeadLettersAsync(limit: 20, reason: "mangled_id", cancellationToken: Token);
        var rest = await Client.GetDeadLettersAsync(first.Next, 20, "mangled_id", Token);
        Assert.Null(rest.Next);
        var all = first.DeadLetters.Concat(rest.DeadLetters).ToList();
        Assert.Equal(Enumerable.Range(1, 22).Select(number => $"mangled.csv:{number}").Order(), all.Select(letter => letter.Source).Order());
        Assert.All(all, letter => Assert.Contains("E+18", letter.Raw, StringComparison.Ordinal));

        var unknown = await Assert.ThrowsAsync<AnalyticsRequestException>(() => Client.GetReportAsync("nonsense", Token));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, unknown.Status);
        Assert.Contains("There is no such report", unknown.Message, StringComparison.Ordinal);
    }

    private static ShopEventInput Event(int second, EventKind kind) => new()
    {
        EventTime = Noon.AddSeconds(second),
        Kind = kind,
        UserId = "u/1",
        SessionKey = "s",
        ProductId = "p/1",
        CategoryId = "c 7",
        CategoryCode = "a.b",
        Brand = "acme & co",
        Price = 3.7m,
        Quantity = kind == EventKind.Purchase ? 2 : null,
    };
}
