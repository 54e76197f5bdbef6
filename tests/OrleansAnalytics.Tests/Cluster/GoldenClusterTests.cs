using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>The same answers on any number of silos, in whatever way the events come.</summary>
public sealed class GoldenClusterTests
{
    private const string Small = "cosmetics-2022-10-01";
    private const string Large = "rees46-2019-10-01";

    public static TheoryData<string, int, string> Cells()
    {
        var cells = new TheoryData<string, int, string>();
        foreach (var arrival in Enum.GetNames<Arrival>())
        {
            for (var silos = 1; silos <= 3; silos++)
            {
                cells.Add(Small, silos, arrival);
            }
        }

        foreach (var sample in Answers.Samples.Where(sample => sample != Small))
        {
            cells.Add(sample, 1, nameof(Arrival.InOrder));
            cells.Add(sample, 3, nameof(Arrival.InOrder));
        }

        cells.Add("cosmetics-2022-11-01", 1, nameof(Arrival.Duplicated));
        cells.Add(Large, 1, nameof(Arrival.Duplicated));
        cells.Add(Large, 3, nameof(Arrival.Shuffled));
        cells.Add(Large, 2, nameof(Arrival.RestartedMidway));
        cells.Add(Large, 2, nameof(Arrival.Rebuilt));
        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_sample_gives_the_golden_answers_on_any_number_of_silos_however_it_comes(string sample, int silos, string arrival)
    {
        var way = Enum.Parse<Arrival>(arrival);
        await using var shop = await Arrivals.BringAsync(sample, silos, way);
        var golden = Answers.Golden(sample);

        var answers = await Answers.OfAsync(shop.Grains, Answers.Users(golden));

        if (way != Arrival.Duplicated)
        {
            Answers.AssertEqual(golden, answers);
            return;
        }

        var received = Answers.Ingested(golden, "received");
        Answers.AssertEqual(Answers.WithoutRepeats(golden), Answers.WithoutRepeats(answers));
        Assert.Equal(2 * received, Answers.Ingested(answers, "received"));
        Assert.Equal(received + Answers.Ingested(golden, "duplicates"), Answers.Ingested(answers, "duplicates"));
    }

    [Fact]
    public async Task A_sample_gives_the_golden_answers_with_embedded_storage_and_again_after_a_restart()
    {
        using var folder = new StorageFolder();
        var data = folder.Next();
        await using (var shop = await ShopCluster.StartAsync(1, services => AddStorage(services, data)))
        {
            await shop.SendFileAsync(SharedData.Path($"{Small}.csv"));
            await shop.QuietAsync();
            await AssertGoldenAsync(shop);
        }

        await using var again = await ShopCluster.StartAsync(1, services => AddStorage(services, data));
        await again.QuietAsync();
        await AssertGoldenAsync(again);
    }

    private static void AddStorage(IServiceCollection services, string data) => services
        .AddEmbeddedStorage(data)
        .AddSingleton<ILakeSink>(new DirectoryLakeSink(new LakeFolder(Path.Combine(data, LakeFolder.Name))))
        .AddSingleton<IReportSink>(new InMemoryReportSink());

    private static async Task AssertGoldenAsync(ShopCluster shop)
    {
        var golden = Answers.Golden(Small);
        Answers.AssertEqual(golden, await Answers.OfAsync(shop.Grains, Answers.Users(golden)));
    }
}
