using OrleansAnalytics.Cli;
using OrleansAnalytics.Lake.Import;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class ImportSummaryTests
{
    private readonly FileSummary _summary = new(new ImportOptions { Threads = 2, MemoryLimitBytes = 1L << 30 }, TimeProvider.System);

    [Fact]
    public void Pages_gives_the_expected_file() => Assert.Equal(
        File.ReadAllText(SharedData.Path("page-visits/expected.csv")), _summary.PagesOf(SharedData.Path("page-visits/user_visited.csv"), byUrl: false));

    [Fact]
    public void Pages_by_url_gives_the_true_averages() => Assert.Equal(
        File.ReadAllText(SharedData.Path("page-visits/expected.csv"))
        + "\nURL,Visits,Total Time,Average Time\n"
        + "https://growthschool.io/home,8,205.0,25.625\nhttps://growthschool.io/product,8,325.0,40.625\n"
        + "https://growthschool.io/about,8,245.0,30.625\nhttps://growthschool.io/contact,7,140.0,20.0\n",
        _summary.PagesOf(SharedData.Path("page-visits/user_visited.csv"), byUrl: true));

    [Fact]
    public void Spend_gives_the_expected_file() => Assert.Equal(
        File.ReadAllText(SharedData.Path("customer-purchases/expected.csv")), _summary.SpendOf(SharedData.Path("customer-purchases/customer_input.txt")));

    [Fact]
    public async Task Verbs_write_files_and_download_only_says_where()
    {
        var output = Path.Combine(Path.GetTempPath(), $"spend-{Guid.NewGuid():n}.csv");
        Assert.Equal(CommandLine.Success, await CommandLine.RunAsync(["spend", SharedData.Path("customer-purchases/customer_input.txt"), "--output", output]));
        Assert.Equal(File.ReadAllText(SharedData.Path("customer-purchases/expected.csv")), await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        File.Delete(output);
        Assert.Equal(CommandLine.Failed, await CommandLine.RunAsync(["pages", "/no/such/file.csv"]));
        Assert.Equal(CommandLine.Success, await CommandLine.RunAsync(["download"]));
    }
}
