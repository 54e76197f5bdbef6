using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>The program is ended in the middle of its work and started again; nothing is lost and nothing counts twice.</summary>
public sealed class CrashTests : IDisposable
{
    private const int Interrupted = 130;
    private static readonly GeneratedFile Shop = new(events: 120_000, seed: 5);
    private static readonly string[] Users = [.. Shop.Oracle.Journeys.Where(journey => journey.Value.Sessions is > 1 and < 100).Select(journey => journey.Key).Take(20)];

    private readonly StorageFolder _folder = new();
    private readonly string _file;
    private readonly string _data;

    public CrashTests()
    {
        var shop = Directory.CreateDirectory(_folder.Next()).FullName;
        _file = Path.Combine(shop, "shop.csv");
        _data = Path.Combine(shop, "data");
        File.WriteAllLines(_file, Shop.Lines);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_an_interrupt_in_the_middle_the_next_run_gives_the_undisturbed_answers()
    {
        await using (var program = await InTheMiddleAsync("--exit"))
        {
            program.Interrupt();
            await program.EndAsync(Interrupted);
            Assert.Contains("What the log acknowledged is kept", program.Errors, StringComparison.Ordinal);

            // Ending in order is what makes the next start short.
            Assert.DoesNotContain("without a last checkpoint", program.Errors, StringComparison.Ordinal);
        }

        await AssertNextRunAsync();
    }

    [Fact]
    public async Task After_a_kill_in_the_middle_the_next_run_gives_the_undisturbed_answers()
    {
        await using (var program = await InTheMiddleAsync("--exit"))
        {
            program.Kill();
            await program.EndAsync(128 + 9);
        }

        await AssertNextRunAsync();
    }

    [Fact]
    public async Task A_second_program_on_one_data_folder_ends_with_two_and_one_line()
    {
        // It serves on after the file, however fast it is.
        await using var first = await InTheMiddleAsync();

        var second = await ChildProgram.SiloAsync(2, "--data", _data, "--urls", "http://127.0.0.1:0");

        Assert.Contains("in use by another process", Assert.Single(second.Errors.Trim().Split('\n')), StringComparison.Ordinal);
        Assert.False(first.HasExited, first.Told());
    }

    /// <summary>A program that has applied a part of the file. It saves after every few entities, which keeps the middle long enough to be met, however fast it is else.</summary>
    private async Task<ChildProgram> InTheMiddleAsync(params string[] options)
    {
        var url = $"http://127.0.0.1:{FreePort.Or(0)}";
        var program = ChildProgram.Silo(
            ["demo", "--file", _file, "--data", _data, "--urls", url, "--Partitions:ChunkBytes", "1024", "--Partitions:CheckpointEvents", "500", "--Partitions:MaxDirtyEntities", "10", .. options]);
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri(url) };
            var applied = await Eventually.IsAsync(
                async () => (await http.GetFromJsonAsync<JsonElement>("/v1/status")).GetProperty("totals").GetProperty("applied").GetInt64(),
                entries => entries > 0 || program.HasExited,
                "the first applied events");
            Assert.True(applied < Shop.Rows && !program.HasExited, $"{applied} of {Shop.Rows} events were applied at the first look: {program.Told()}");
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    private async Task AssertNextRunAsync()
    {
        var json = _folder.Next();
        await ChildProgram.SiloAsync(0, "demo", "--file", _file, "--users", string.Join(',', Users), "--exit", "--json", json, "--data", _data, "--urls", "http://127.0.0.1:0");

        var answers = JsonNode.Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken))!.AsObject();
        Answers.AssertEqual(Answers.WithoutRepeats(Answers.Of(Shop.Oracle, Users)), Answers.WithoutRepeats(answers));
        Assert.True(
            Answers.Ingested(answers, "received") >= Shop.Rows,
            string.Create(CultureInfo.InvariantCulture, $"{Answers.Ingested(answers, "received")} of {Shop.Rows} events were received"));
        Assert.Equal(
            Answers.Ingested(answers, "received"), Answers.Ingested(answers, "accepted") + Answers.Ingested(answers, "duplicates"));
    }
}
