using System.Text.Json.Nodes;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

public sealed class DemoProgramTests : IDisposable
{
    private readonly StorageFolder _folder = new();

    public static TheoryData<string> Samples => Answers.EachSample;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Demo_writes_the_golden_answers_also_after_the_same_file_came_twice(string sample)
    {
        var golden = Answers.Golden(sample);
        var data = _folder.Next();

        var first = await RunAsync(sample, data, golden);
        Answers.AssertEqual(golden, first);
        if (sample != "cosmetics-2022-11-01")
        {
            // Programs take seconds to start: one file twice is enough here.
            return;
        }

        var second = await RunAsync(sample, data, golden);
        Answers.AssertEqual(Answers.WithoutRepeats(golden), Answers.WithoutRepeats(second));
        var received = Answers.Ingested(golden, "received");
        Assert.Equal(2 * received, Answers.Ingested(second, "received"));
        Assert.Equal(received + Answers.Ingested(golden, "duplicates"), Answers.Ingested(second, "duplicates"));
    }

    [Fact]
    public async Task A_file_that_is_missing_or_no_table_ends_with_two_and_one_line()
    {
        var missing = await ChildProgram.SiloAsync(2, "demo", "--file", "/no/such/file.csv", "--exit", "--data", _folder.Next());
        Assert.Equal("There is no file /no/such/file.csv", missing.Errors.Trim());

        var notes = _folder.Next();
        await File.WriteAllTextAsync(notes, "milk,bread\n1,2\n", TestContext.Current.CancellationToken);
        var wrong = await ChildProgram.SiloAsync(2, "demo", "--file", notes, "--exit", "--data", _folder.Next(), "--urls", "http://127.0.0.1:0");
        Assert.StartsWith(notes + ": ", wrong.Errors.Trim(), StringComparison.Ordinal);
        Assert.Single(wrong.Errors.Trim().Split('\n'));
    }

    [Fact]
    public async Task Help_is_told_and_an_open_node_without_a_key_is_refused()
    {
        var help = await ChildProgram.SiloAsync(0, "--help");
        Assert.Contains("demo", help.Output, StringComparison.Ordinal);
        Assert.Contains("--data", help.Output, StringComparison.Ordinal);
        Assert.Contains("--file", (await ChildProgram.SiloAsync(0, "demo", "--help")).Output, StringComparison.Ordinal);

        var open = await ChildProgram.SiloAsync(2, "--urls", "http://0.0.0.0:0", "--data", _folder.Next());
        Assert.Contains("no key is set", open.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", open.Errors, StringComparison.Ordinal);
    }

    private async Task<JsonObject> RunAsync(string sample, string data, JsonObject golden)
    {
        var json = _folder.Next();
        var program = await ChildProgram.SiloAsync(
            0, "demo", "--file", SharedData.Path($"{sample}.csv"), "--users", string.Join(',', Answers.Users(golden)), "--exit", "--json", json, "--data", data, "--urls", "http://127.0.0.1:0");

        // A starved machine sees progress, slow stages and complaints of the runtime there, but nothing that fell over.
        Assert.DoesNotContain("Unhandled exception", program.Errors, StringComparison.Ordinal);
        return JsonNode.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken))!.AsObject();
    }
}
