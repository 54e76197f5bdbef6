using System.Text.Json;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Http;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

public sealed class ClientProgramTests(ServedShop shop) : IClassFixture<ServedShop>
{
    private const string Sample = "cosmetics-2022-10-01";

    [Fact]
    public async Task A_file_is_sent_and_asked_for_at_the_command_line()
    {
        var sent = await RunAsync(0, "ingest", SharedData.Path($"{Sample}.csv"), SharedData.Path("mangled-ids.csv"));
        Assert.Contains("1,021", sent.Errors, StringComparison.Ordinal);
        await shop.FreshReportAsync("cart_abandonment");

        var golden = Answers.Golden(Sample);
        var report = await RunAsync(0, "report", "cart_abandonment", "--json");
        Assert.Null(JsonEquality.Difference(JsonSerializer.SerializeToElement(golden["cart_abandonment"]), JsonDocument.Parse(report.Output).RootElement));
        Assert.StartsWith("outcome,events", (await RunAsync(0, "report", "ingest", "--csv")).Output, StringComparison.Ordinal);

        var user = Answers.Users(golden)[0];
        var journey = JsonDocument.Parse((await RunAsync(0, "journey", user, "--json")).Output).RootElement;
        Assert.Equal(golden["journeys"]![user]!["events"]!.GetValue<int>(), journey.GetProperty("events").GetInt32());
        Assert.Contains("nobody", (await RunAsync(1, "journey", "nobody")).Errors, StringComparison.Ordinal);

        var status = await RunAsync(0, "status");
        Assert.Contains("ready", status.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("not ready", status.Output, StringComparison.Ordinal);
        var letters = await RunAsync(0, "dead-letters", "--reason", "mangled_id", "--limit", "3");
        Assert.Contains("mangled-ids.csv", letters.Output.Replace("\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    private Task<ChildProgram> RunAsync(int exitCode, params string[] arguments) =>
        ChildProgram.ClientAsync(exitCode, [.. arguments, "--url", shop.Address.ToString()]);
}
