using System.Net;
using System.Text.Json;
using OrleansAnalytics.Cli;
using OrleansAnalytics.Client;
using Xunit;

namespace OrleansAnalytics.Tests.Http;

public sealed class LoadTests(OverloadTests.NarrowShop shop) : IClassFixture<OverloadTests.NarrowShop>, IDisposable
{
    private const int Events = 600;
    private const int BatchEvents = 20;
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"load-{Guid.NewGuid():n}.json");

    private readonly string _page = Path.Combine(Path.GetTempPath(), $"load-{Guid.NewGuid():n}.html");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        File.Delete(_file);
        File.Delete(_page);
    }

    [Theory]
    [InlineData(nameof(LoadFormat.Binary))]
    [InlineData(nameof(LoadFormat.Json))]
    [InlineData(nameof(LoadFormat.Ndjson))]
    public async Task Until_it_is_stopped_every_event_counts_once_and_is_looked_for_and_then_it_tells_what_was_measured(string format)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var run = new LoadRun(new LoadPlan { Rate = 600, Duration = TimeSpan.FromHours(1), Batch = 20, Queries = 50, Format = Enum.Parse<LoadFormat>(format) }, new Server(shop.Address, null), TimeProvider.System);
        var before = await AcceptedAsync();
        var running = run.RunAsync(stop.Token);
        await Eventually.TrueAsync(
            () => Task.FromResult(run.Counts.Acknowledged >= 100 && run.Visible.Count > 0 && run.Journeys.Latencies.Count > 0), "batches acknowledged, an event seen and a journey answered");
        await stop.CancelAsync();
        await running;

        var measured = JsonDocument.Parse(LoadReport.Of(run.Plan, [run.Measured(stopped: true)]).ToJson()).RootElement;
        Assert.True(measured.GetProperty("stopped").GetBoolean());
        Assert.Equal((run.Counts.Acknowledged, 0), (Number(measured, "events", "acknowledged"), Number(measured, "events", "rejected")));
        Assert.Equal(before + run.Counts.Acknowledged, await AcceptedAsync());
        Assert.Empty(measured.GetProperty("events").GetProperty("failed").EnumerateObject());
        Assert.Empty(measured.GetProperty("journeys").GetProperty("failed").EnumerateObject());
    }

    [Fact]
    public async Task The_command_writes_what_was_measured_and_every_batch_is_in_it()
    {
        var before = await AcceptedAsync();
        Assert.Equal(CommandLine.Success, await LoadAsync("--html", _page));
        Assert.Contains($"A load of {Events} events/s", await File.ReadAllTextAsync(_page, Token), StringComparison.Ordinal);
        var measured = await MeasuredAsync();
        var acknowledged = Number(measured, "events", "acknowledged");
        Assert.Equal(before + acknowledged, await AcceptedAsync());
        Assert.Equal(Events, acknowledged + (BatchEvents * Number(measured, "events", "batchesNeverSent")));
        Assert.Equal(Events / BatchEvents, Number(measured, "events", "latency", "count"));
        Assert.False(measured.GetProperty("stopped").GetBoolean());
    }

    [Fact]
    public async Task Refused_batches_are_sent_again_and_counted()
    {
        var before = await shop.QuietAsync();
        shop.Log.IsDown = true;
        var loading = LoadAsync();
        await Eventually.TrueAsync(async () => Refused((await shop.GetAsync("/v1/status")).Json) > Refused(before), "a refusal");
        shop.Log.IsDown = false;
        Assert.Equal(CommandLine.Success, await loading);

        var measured = await MeasuredAsync();
        Assert.True(Number(measured, "events", "refusedTries", "503") > 0, "refusals");
        Assert.Equal(Number(measured, "events", "acknowledged"), await AcceptedAsync() - before.GetProperty("totals").GetProperty("accepted").GetInt64());
        Assert.True(measured.GetProperty("events").GetProperty("latency").GetProperty("max").GetDouble() >= 500, "waiting counts");
    }

    [Fact]
    public async Task A_server_that_does_not_answer_does_not_keep_it_from_telling()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var run = new LoadRun(new LoadPlan { Rate = 600, Duration = TimeSpan.FromHours(1), Connections = 2 }, new Server(shop.Address, null), TimeProvider.System) { LastWord = TimeSpan.Zero };
        shop.Log.Block();
        var running = run.RunAsync(stop.Token);
        await Eventually.TrueAsync(async () => (await shop.GetAsync("/v1/status")).Json.GetProperty("door").GetProperty("requests").GetInt64() == 2, "two batches to be under way");
        await stop.CancelAsync();
        await running;
        shop.Log.Unblock();
        Assert.Equal((0, 2), (run.Counts.Acknowledged, run.Counts.Errors["stopped"]));
    }

    [Fact]
    public async Task A_server_that_is_not_there_and_a_file_that_cannot_be_written_end_with_one()
    {
        Assert.Equal(CommandLine.Failed, await CommandLine.RunAsync(["load", "--url", "http://127.0.0.1:1", "--rate", "10", "--duration", "1s"]));
        Assert.Equal(CommandLine.Failed, await CommandLine.RunAsync(["load", "--url", shop.Address.ToString(), "--rate", "10", "--duration", "1s", "--json", "/no/such/folder/x.json"]));
        Assert.Equal(CommandLine.Failed, await CommandLine.RunAsync(["load", "--url", shop.Address.ToString(), "--rate", "10", "--duration", "1s", "--html", "/no/such/folder/x.html"]));
    }

    [Fact]
    public async Task A_load_that_the_server_does_not_take_ends_at_once()
    {
        await using var keyed = new KeyedShop();
        await keyed.InitializeAsync();
        using var run = new LoadRun(new LoadPlan { Rate = 100, Duration = TimeSpan.FromHours(1) }, new Server(keyed.Address, null), TimeProvider.System);
        var refused = await Assert.ThrowsAsync<AnalyticsRequestException>(() => run.RunAsync(Token));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        Assert.Equal("401 A key is needed", Assert.Single(run.Counts.Errors).Key);
    }

    private async Task<int> LoadAsync(params string[] more) => await CommandLine.RunAsync(
        ["load", "--url", shop.Address.ToString(), "--rate", $"{Events}", "--duration", "1s", "--batch", $"{BatchEvents}", "--connections", "2", "--json", _file, .. more]);

    private async Task<JsonElement> MeasuredAsync() => JsonDocument.Parse(await File.ReadAllTextAsync(_file, Token)).RootElement;

    private async Task<long> AcceptedAsync() => (await shop.QuietAsync()).GetProperty("totals").GetProperty("accepted").GetInt64();

    private static long Refused(JsonElement status) => status.GetProperty("door").GetProperty("refused").GetProperty("log_unavailable").GetInt64();

    private static long Number(JsonElement measured, params string[] path) => path.Aggregate(measured, (one, name) => one.GetProperty(name)).GetInt64();

    private sealed class KeyedShop : ServedShop
    {
        protected override string? ApiKey => "a-key-of-16-chars";
    }
}
