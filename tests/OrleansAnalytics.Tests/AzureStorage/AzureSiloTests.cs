using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Http;
using OrleansAnalytics.Tests.Oracle;
using OrleansAnalytics.Tests.Partitions;
using OrleansAnalytics.Tests.Processes;
using Xunit;

namespace OrleansAnalytics.Tests.AzureStorage;

/// <summary>A node whose state, lake and snapshots are in Azure Storage, asked by HTTP.</summary>
public sealed class AzureSiloTests(SharedAzurite azurite)
{
    private const string Sample = "cosmetics-2022-10-01";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sample_gives_its_golden_answers_across_a_restart_live_and_from_the_lake()
    {
        await using var shop = new ShopOnAzure(await azurite.GetAsync());
        await shop.InitializeAsync();
        Assert.IsType<AzureCheckpointStore>(shop.Services.GetRequiredService<ICheckpointStore>());
        Assert.IsType<AzureDeadLetterStore>(shop.Services.GetRequiredService<IDeadLetterStore>());
        Assert.IsType<BlobLakeSink>(shop.Services.GetRequiredService<ILakeSink>());
        Assert.IsType<BlobReportSink>(shop.Services.GetRequiredService<IReportSink>());
        var lines = await File.ReadAllLinesAsync(SharedData.Path($"{Sample}.csv"), Token);
        await SendAsync(shop, lines[..(lines.Length / 2)]);
        await shop.QuietAsync();
        await shop.RestartAsync();
        await SendAsync(shop, [lines[0], .. lines[(lines.Length / 2)..]]);
        await AssertGoldenAsync(shop);

        var written = await shop.SendAsync(HttpMethod.Post, "/v1/lake/write");
        Assert.True(written.Status == HttpStatusCode.OK, written.Text);
        foreach (var (report, expected) in SharedData.Golden(Sample))
        {
            Assert.Null(JsonEquality.Difference(expected, (await shop.GetAsync($"/v1/reports/{report}?from=lake")).Json));
        }

        var sweep = shop.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<DeadLetterSweep>().Single();
        await sweep.SweepAsync(Token);
        await shop.RestartAsync();
        await AssertGoldenAsync(shop);
    }

    [Fact]
    public async Task A_node_compacts_its_lake_in_blobs_and_answers_the_same()
    {
        await using var shop = new ShopOnAzure(await azurite.GetAsync(), "--Lake:Compaction:Every", "00:00:00.300", "--Lake:Compaction:MaxFiles", "2");
        await shop.InitializeAsync();
        var lines = await File.ReadAllLinesAsync(SharedData.Path($"{Sample}.csv"), Token);
        foreach (var part in lines[1..].Chunk((lines.Length / 2) + 1))
        {
            await SendAsync(shop, [lines[0], .. part]);
            await shop.QuietAsync();
            Assert.Equal(HttpStatusCode.OK, (await shop.SendAsync(HttpMethod.Post, "/v1/lake/write")).Status);
        }

        var sink = shop.Services.GetRequiredService<ILakeSink>();
        await Eventually.TrueAsync(async () => await sink.ReadAsync(LakeManifest.CompactedSource, Token) is { Manifest.Files.Count: > 0 }, "a compaction");
        foreach (var (report, expected) in SharedData.Golden(Sample))
        {
            Assert.Null(JsonEquality.Difference(expected, (await shop.GetAsync($"/v1/reports/{report}?from=lake")).Json));
        }

        await Eventually.TrueAsync(() => Task.FromResult(Directory.Exists(Path.Combine(shop.Services.GetRequiredService<BlobLakeMirror>().Folder.Root, "users"))), "users to be indexed in the copy");
    }

    [Fact]
    public async Task While_the_account_is_away_events_are_taken_and_when_it_is_back_all_goes_on_by_itself()
    {
        await using var own = await Azurite.StartNewAsync();
        await using var shop = new ShopOnAzure(own);
        await shop.InitializeAsync();
        var lines = await File.ReadAllLinesAsync(SharedData.Path($"{Sample}.csv"), Token);
        await SendAsync(shop, lines[..(lines.Length / 3)]);
        await shop.QuietAsync();

        await own.StopAsync();
        await SendAsync(shop, [lines[0], .. lines[(lines.Length / 3)..]]);
        await Eventually.TrueAsync(async () => (await shop.GetAsync("/v1/status")).Text.Contains("Azure Storage cannot be reached", StringComparison.Ordinal), "a partition that says what it lacks");
        foreach (var path in (string[])["/v1/dead-letters", "/v1/reports/totals?from=lake"])
        {
            var problem = (await shop.GetAsync(path)).AssertProblem(HttpStatusCode.ServiceUnavailable);
            Assert.Contains("Azure Storage cannot be reached", problem, StringComparison.Ordinal);
            Assert.DoesNotContain(own.Key, problem, StringComparison.Ordinal);
        }

        await own.StartAsync();
        await AssertGoldenAsync(shop);
        await shop.RestartAsync();
        await AssertGoldenAsync(shop);
    }

    [Fact]
    public async Task A_node_without_its_account_ends_with_two_and_one_line_without_the_key()
    {
        var own = await Azurite.StartNewAsync();
        await own.DisposeAsync();
        using var folder = new StorageFolder();
        var program = await ChildProgram.SiloAsync(
            2, "--data", folder.Next(), "--urls", "http://127.0.0.1:0", "--Storage:State", "azure-tables", "--Azure:ConnectionString", own.ConnectionString, "--Azure:MaxRetries", "1");
        var line = Assert.Single(program.Errors.Trim().Split('\n'));
        Assert.Contains("the storage account cannot be used: Azure Storage cannot be reached", line, StringComparison.Ordinal);
        Assert.DoesNotContain(own.Key, program.Output + program.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_is_told_and_not_shown()
    {
        var running = await azurite.GetAsync();
        var options = AzureShop.OptionsOf(running);
        var wrong = Convert.ToBase64String(new byte[64]);
        options.ConnectionString = options.ConnectionString!.Replace(running.Key, wrong, StringComparison.Ordinal);
        var opener = new AzureOpener(
            new AzureConnection(options, null), [new AzureNeed(["entities"], [])]);
        var refused = await Assert.ThrowsAnyAsync<IOException>(() => opener.StartAsync(Token));
        Assert.Contains("Azure Storage refuses access", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(wrong, refused.ToString(), StringComparison.Ordinal);
    }

    private static async Task SendAsync(ServedShop shop, string[] lines)
    {
        var answer = await shop.PostAsync(string.Join('\n', lines), "text/csv");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
    }

    private static async Task AssertGoldenAsync(ServedShop shop)
    {
        foreach (var (report, expected) in SharedData.Golden(Sample))
        {
            Assert.Null(JsonEquality.Difference(expected, (await shop.FreshReportAsync(report)).Json));
        }

        using var golden = JsonDocument.Parse(await File.ReadAllTextAsync(SharedData.Path($"golden/{Sample}.json"), Token));
        foreach (var user in golden.RootElement.GetProperty("journeys").EnumerateObject())
        {
            var journey = (await shop.GetAsync($"/v1/users/{user.Name}/journey")).Json;
            Assert.Equal(user.Value.GetProperty("events").GetInt64(), journey.GetProperty("events").GetInt64());
        }
    }
}
