using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

public sealed class GoldenClusterTests
{
    public static TheoryData<string, int> SamplesAndSilos()
    {
        var data = new TheoryData<string, int>();
        foreach (var sample in Answers.Samples)
        {
            data.Add(sample, 1);
            data.Add(sample, 3);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(SamplesAndSilos))]
    public async Task A_sample_gives_the_golden_answers_on_any_number_of_silos(string sample, int silos)
    {
        await using var shop = await ShopCluster.StartAsync(silos, ShopStores.InMemory());

        await shop.SendFileAsync(SharedData.Path($"{sample}.csv"));
        await shop.QuietAsync();

        await AssertGoldenAsync(sample, shop);
    }

    [Fact]
    public async Task A_sample_gives_the_golden_answers_with_embedded_storage_and_again_after_a_restart()
    {
        const string Sample = "cosmetics-2022-10-01";
        using var folder = new StorageFolder();
        var data = folder.Next();
        await using (var shop = await ShopCluster.StartAsync(1, services => services.AddEmbeddedStorage(data).AddSingleton<IReportSink>(new InMemoryReportSink())))
        {
            await shop.SendFileAsync(SharedData.Path($"{Sample}.csv"));
            await shop.QuietAsync();
            await AssertGoldenAsync(Sample, shop);
        }

        await using var again = await ShopCluster.StartAsync(1, services => services.AddEmbeddedStorage(data).AddSingleton<IReportSink>(new InMemoryReportSink()));
        await again.QuietAsync();
        await AssertGoldenAsync(Sample, again);
    }

    [Theory]
    [InlineData("rees46-2019-10-01")]
    [InlineData("cosmetics-2022-11-01")]
    public async Task The_same_file_again_changes_only_what_was_received_and_dropped(string sample)
    {
        await using var shop = await ShopCluster.StartAsync(1, ShopStores.InMemory());
        var golden = Answers.Golden(sample);
        var received = Answers.Ingested(golden, "received");

        await shop.SendFileAsync(SharedData.Path($"{sample}.csv"));
        await shop.SendFileAsync(SharedData.Path($"{sample}.csv"));
        await shop.QuietAsync();

        var twice = await Answers.OfAsync(shop.Grains, Answers.Users(golden));
        Answers.AssertEqual(Answers.WithoutRepeats(golden), Answers.WithoutRepeats(twice));
        Assert.Equal(2 * received, Answers.Ingested(twice, "received"));
        Assert.Equal(received + Answers.Ingested(golden, "duplicates"), Answers.Ingested(twice, "duplicates"));
    }

    private static async Task AssertGoldenAsync(string sample, ShopCluster shop)
    {
        var golden = Answers.Golden(sample);
        Answers.AssertEqual(golden, await Answers.OfAsync(shop.Grains, Answers.Users(golden)));
    }
}
