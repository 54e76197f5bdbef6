using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Cli;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Http;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>The real node, its live reports and its lake.</summary>
public sealed class ReconcileTests(ServedShop shop) : IClassFixture<ServedShop>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_live_side_and_the_lake_agree_also_after_a_restart_and_what_is_only_in_the_lake_is_a_difference()
    {
        await SendAsync("cosmetics-2022-10-01.csv");
        await SendAsync("page-visits/user_visited.csv");
        Assert.Equal(CommandLine.Success, await ReconcileAsync());

        await shop.RestartAsync();
        await SendAsync("cosmetics-2022-11-01.csv");
        await SendAsync("cosmetics-2022-10-01.csv");
        await SendAsync("customer-purchases/customer_input.txt");
        await SendAsync("mangled-ids.csv");
        Assert.Equal(CommandLine.Success, await ReconcileAsync());
        Assert.Equal(CommandLine.Success, await ReconcileAsync("--day", "2022-10-01"));

        // A second source names what a partition has written: every event of that file is there twice.
        var folder = shop.Services.GetRequiredService<LakeFolder>();
        var twice = new LakeManifest { Source = "import-twice", Files = [folder.Read()[0].Files[0]] };
        await File.WriteAllBytesAsync(folder.PathOfManifest(twice.Source), twice.ToUtf8(), Token);
        Assert.Equal(CommandLine.Failed, await ReconcileAsync("--tries", "1"));
        File.Delete(folder.PathOfManifest(twice.Source));
    }

    [Fact]
    public void Differences_are_found_where_they_are_and_nowhere_else()
    {
        var live = JsonDocument.Parse("""{"a":{"x":1.50,"y":[1,2]},"b":"t","only":1}""").RootElement;
        Assert.Empty(JsonDifferences.Between(live, JsonDocument.Parse("""{"only":1,"b":"t","a":{"y":[1,2],"x":1.5}}""").RootElement));
        Assert.Equal(
            [new JsonDifference("a.x", "1.50", "2"), new JsonDifference("a.y[1]", "2", null), new JsonDifference("b", "\"t\"", "null"), new JsonDifference("only", "1", null), new JsonDifference("more", null, "0")],
            JsonDifferences.Between(live, JsonDocument.Parse("""{"a":{"x":2,"y":[1]},"b":null,"more":0}""").RootElement));
    }

    private Task<int> ReconcileAsync(params string[] args) => CommandLine.RunAsync(["reconcile", "--url", shop.Address.ToString(), .. args]);

    private async Task SendAsync(string sample)
    {
        await shop.PostAsync(await File.ReadAllBytesAsync(SharedData.Path(sample), Token), "text/csv", $"?source={Path.GetFileName(sample)}");
        await shop.QuietAsync();
    }
}
