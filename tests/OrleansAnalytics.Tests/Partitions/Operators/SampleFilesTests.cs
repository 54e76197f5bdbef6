using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

/// <summary>The sample files through the door, the log and the operators of one or many partitions.</summary>
public sealed class SampleFilesTests
{
    private static readonly ReportCatalog Catalog = new(Options.Create(new ReportOptions()));

    public static TheoryData<string, int> SamplesAndPartitions()
    {
        var data = new TheoryData<string, int>();
        foreach (var sample in new[] { "rees46-2019-10-01", "cosmetics-2022-10-01", "cosmetics-2022-11-01", "mangled-ids" })
        {
            foreach (var partitions in new[] { 1, 3, 8 })
            {
                data.Add(sample, partitions);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(SamplesAndPartitions))]
    public async Task Reports_are_the_golden_answers_on_any_number_of_partitions(string sample, int partitions)
    {
        var merged = await RunAsync($"{sample}.csv", partitions);
        var oracle = BatchOracle.From(SharedData.Path($"{sample}.csv")).Tallies;
        // The oracle numbers products in its own way, so only how many there are can be compared.
        Assert.Equal(oracle.ProductHashes.Count, merged.ProductHashes.Count);
        Assert.Equal(TallyText.Counted(oracle with { ProductHashes = [] }), TallyText.Counted(merged with { ProductHashes = [] }));
        Assert.Equal(partitions, merged.AsOf.Count);
        Assert.Equal(merged.AsOf.Values.Sum(), merged.Ingest.Received);

        foreach (var (report, golden) in SharedData.Golden(sample))
        {
            using var actual = JsonDocument.Parse(Catalog.Find(report)!.Compute(merged).Json);
            Assert.Null(JsonEquality.Difference(golden, actual.RootElement, report));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Page_visits_are_the_summary_that_is_wanted(int partitions)
    {
        var wanted = (await File.ReadAllLinesAsync(SharedData.Path("page-visits/expected.csv"), TestContext.Current.CancellationToken))[1].Split(',');

        using var report = JsonDocument.Parse(Catalog.Find(ReportNames.Pages)!.Compute(await RunAsync("page-visits/user_visited.csv", partitions)).Json);

        var pages = report.RootElement;
        Assert.Equal<string?[]>(wanted[..3], [pages.GetProperty("interactions").GetRawText(), pages.GetProperty("users").GetRawText(), pages.GetProperty("most_visited").GetString()]);
        Assert.Equal(wanted[3], pages.GetProperty("seconds_per_user").GetRawText());

        // 20 + 40 + 10 + 25 + 20 + 10 + 30 + 50 seconds in 8 visits.
        Assert.Equal("25.625", pages.GetProperty("average_seconds").GetProperty("https://growthschool.io/home").GetRawText());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Order_lines_are_the_daily_spend_that_is_wanted(int partitions)
    {
        var wanted = await File.ReadAllLinesAsync(SharedData.Path("customer-purchases/expected.csv"), TestContext.Current.CancellationToken);

        var table = Catalog.Find(ReportNames.DailyCustomerSpend)!.Compute(await RunAsync("customer-purchases/customer_input.txt", partitions)).Table;

        Assert.Equal(wanted[0], string.Join(',', table.Columns.Select(column => column.Name)));
        Assert.Equal(
            wanted[1..].Select(line => line.Split(',')).Select(cells => (cells[0], cells[1], decimal.Parse(cells[2], CultureInfo.InvariantCulture))).Order(),
            table.Rows.Select(row => ((string)row[0]!, (string)row[1]!, (decimal)row[2]!)).Order());
    }

    private static async Task<SiteTallies> RunAsync(string sample, int partitions)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        var log = new InMemoryEventLog(new EventLogOptions { Partitions = partitions }, time);
        // Small batches, so that a partition has many.
        var door = new EventDoor(log, Options.Create(new IngestOptions { AppendBatchEvents = 500 }), time);
        await using (var file = File.OpenRead(SharedData.Path(sample)))
        {
            using var session = door.Begin(sample);
            Assert.Null(await EventSource.ReadAsync(file, null, session, cancellationToken: cancellation));
        }

        var merged = new SiteTallies();
        for (var partition = 0; partition < partitions; partition++)
        {
            merged.Merge(await RunAsync(log, partition, cancellation));
        }

        return merged;
    }

    private static async Task<SiteTallies> RunAsync(InMemoryEventLog log, int partition, CancellationToken cancellation)
    {
        // Every chunk ends in a checkpoint and a restart, as in the worst of lives.
        var checkpointed = new CheckpointedOperators(new OperatorOptions());
        var texts = new EventTexts(1_024);
        while (await log.ReadAsync(partition, checkpointed.Operators.Position, 64 * 1024, cancellation) is { Count: > 0 } batches)
        {
            foreach (var batch in batches)
            {
                var entries = new List<LogEntry>();
                EventBatchReader.Read(batch, checkpointed.Operators.Position, texts, entries);
                entries.ForEach(entry => checkpointed.Process(entry));
            }

            checkpointed.Capture();
            checkpointed.Restart();
        }

        Assert.Equal(await log.EndAsync(partition, cancellation), checkpointed.Operators.Position);
        Assert.Empty(checkpointed.Operators.LimitsReached);
        return checkpointed.Operators.Tallies(partition, TallyParts.All);
    }
}
