using System.Text;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;
using OrleansAnalytics.Tests.Lake;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Snapshots;

/// <summary>What is in a snapshot, and when it is written again.</summary>
public sealed class SnapshotWriterTests : IDisposable
{
    private const string Sample = "rees46-2019-10-01";
    private readonly StorageFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_day_of_the_sample_has_the_reports_of_the_lake_of_it()
    {
        using var lake = SampleLake.Of(Sample);
        using var database = lake.Open();
        var expected = LakeReports.Of(PeriodKind.Day).ToDictionary(report => report.Name, report => LakeReports.Run(database, report.Name, Token));
        lake.Add(From("import-later"), [new MadeEvent("2019-10-02 02:00:00", EventKind.View, "later").ToRow()]);
        var store = Store();

        var run = await Writer(lake, store).RunAsync(PeriodKind.Day, 10, null, Token);

        Assert.Equal(["day 2019-10-01"], run.Written);
        var day = Period.Find(PeriodKind.Day, "2019-10-01")!.Value;
        var manifest = await SnapshotStoreContract.AssertWholeAsync(store, day);
        Assert.Equal(database.Files.Sum(file => file.Rows), manifest.Events);
        Assert.Equal(("2019-10-02T02:00:00.000Z", "2026-01-01T00:00:00.000Z"), (manifest.Watermark, manifest.Written));
        Assert.StartsWith("2019-10-01T", manifest.LatestEvent, StringComparison.Ordinal);
        Assert.Equal(expected.ToDictionary(one => one.Key, one => one.Value.Table.Rows.Count), manifest.Reports);
        Assert.Equal(expected.Keys.SelectMany(name => new[] { name + ".csv", name + ".parquet" }).Append(SnapshotWriter.PageFile).Order(), manifest.Files.Keys.Order());
        foreach (var (name, report) in expected)
        {
            using var csv = new StringWriter();
            await ReportCsv.WriteAsync(csv, report.Table, Token);
            Assert.Equal(csv.ToString(), await TextAsync(store, day, name + ".csv"));
            using var parquet = new MemoryStream();
            await ReportParquet.WriteAsync(parquet, report, Token);
            Assert.Equal(parquet.ToArray(), await SnapshotStoreContract.ReadBytesAsync(store, day, name + ".parquet"));
        }

        Assert.Contains("Tuesday, 1 October 2019", await TextAsync(store, day, SnapshotWriter.PageFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hours_have_the_reports_of_hours_and_no_page()
    {
        using var lake = Shop(("2019-10-01 02:00:00", "a"), ("2019-10-01 03:30:00", "b"), ("2019-10-01 05:00:00", "c"));
        var store = Store();

        Assert.Equal(["hour 2019-10-01T02", "hour 2019-10-01T03"], (await Writer(lake, store).RunAsync(PeriodKind.Hour, 10, null, Token)).Written);

        var manifest = await SnapshotStoreContract.AssertWholeAsync(store, Period.Find(PeriodKind.Hour, "2019-10-01T03")!.Value);
        Assert.Equal(LakeReports.Of(PeriodKind.Hour).Select(report => report.Name).Order(), manifest.Reports.Keys.Order());
        Assert.DoesNotContain(ReportNames.Movers, manifest.Reports.Keys);
        Assert.DoesNotContain(SnapshotWriter.PageFile, manifest.Files.Keys);
    }

    [Fact]
    public async Task A_late_event_makes_its_hour_day_and_month_be_written_again_and_nothing_else()
    {
        using var lake = Shop(("2019-09-30 23:00:00", "a"), ("2019-10-01 01:00:00", "b"), ("2019-11-05 00:00:00", "c"));
        var store = Store();
        var before = await WriteAllAsync(lake, store);
        Assert.Equal(["hour 2019-09-30T23", "hour 2019-10-01T01", "day 2019-09-30", "day 2019-10-01", "month 2019-09", "month 2019-10"], before);
        Assert.Empty(await WriteAllAsync(lake, store));

        lake.Add(From("import-late"), [new MadeEvent("2019-10-01 01:59:59", EventKind.View, "late").ToRow()]);

        Assert.Equal(["hour 2019-10-01T01", "day 2019-10-01", "month 2019-10"], await WriteAllAsync(lake, store));
        var day = Period.Find(PeriodKind.Day, "2019-10-01")!.Value;
        Assert.Equal((2, 2L), ((await store.FindAsync(day, Token))!.Version, (await store.FindAsync(day, Token))!.Events));
        Assert.Contains("2019-10-01,2\r\n", await TextAsync(store, day, "unique_visitors_per_day.csv"), StringComparison.Ordinal);
        Assert.Empty(await WriteAllAsync(lake, store));
    }

    [Fact]
    public async Task A_session_that_crosses_the_border_of_a_period_is_one_in_each()
    {
        using var lake = Shop(("2019-10-01 23:50:00", "a"), ("2019-10-02 00:10:00", "a"), ("2019-11-05 00:00:00", "b"));
        var store = Store();
        await WriteAllAsync(lake, store);

        Assert.Contains("sessions,1\r\n", (await TextAsync(store, Period.Find(PeriodKind.Day, "2019-10-01")!.Value, "totals.csv")).Replace(".0000", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("sessions,1\r\n", (await TextAsync(store, Period.Find(PeriodKind.Day, "2019-10-02")!.Value, "totals.csv")).Replace(".0000", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("sessions,1\r\n", (await TextAsync(store, Period.Find(PeriodKind.Month, "2019-10")!.Value, "totals.csv")).Replace(".0000", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_writes_so_many_the_oldest_first_and_says_how_many_are_left()
    {
        using var lake = Shop([.. Enumerable.Range(1, 9).Select(day => ($"2019-10-0{day} 12:00:00", "a"))]);
        var store = Store();

        var first = await Writer(lake, store).RunAsync(PeriodKind.Day, 3, null, Token);
        var second = await Writer(lake, store).RunAsync(PeriodKind.Day, 3, null, Token);
        var third = await Writer(lake, store).RunAsync(PeriodKind.Day, 3, null, Token);

        Assert.Equal(["day 2019-10-01", "day 2019-10-02", "day 2019-10-03"], first.Written);
        Assert.Equal(["day 2019-10-04", "day 2019-10-05", "day 2019-10-06"], second.Written);
        Assert.Equal(["day 2019-10-07", "day 2019-10-08"], third.Written);
        Assert.Equal((5, 2, 0), (first.StillDue, second.StillDue, third.StillDue));
    }

    [Fact]
    public async Task A_period_that_cannot_be_computed_stays_due_and_keeps_no_other_waiting()
    {
        using var lake = Shop(("2019-10-01 12:00:00", "a"), ("2019-10-02 12:00:00", "a"), ("2019-10-09 12:00:00", "a"));
        var file = Directory.GetFiles(Path.Combine(lake.Root, "events", "date=2019-10-01"), "*.parquet", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(file, Token);
        File.Delete(file);
        var store = Store();

        var run = await Writer(lake, store).RunAsync(PeriodKind.Day, 10, null, Token);

        Assert.Equal(["day 2019-10-02"], run.Written);
        Assert.Equal(1, run.StillDue);
        Assert.Equal(["day 2019-10-01"], run.Failed.Keys);
        Assert.DoesNotContain(lake.Root, run.Failed["day 2019-10-01"], StringComparison.Ordinal);
        await File.WriteAllBytesAsync(file, bytes, Token);
        Assert.Equal(["day 2019-10-01"], (await Writer(lake, store).RunAsync(PeriodKind.Day, 10, null, Token)).Written);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_leaves_the_old_snapshot()
    {
        using var lake = Shop(("2019-10-01 12:00:00", "a"), ("2019-10-09 12:00:00", "a"));
        var store = Store();
        await WriteAllAsync(lake, store);
        lake.Add(From("import-late"), [new MadeEvent("2019-10-01 13:00:00", EventKind.View, "late").ToRow()]);
        using var stop = new CancellationTokenSource();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Writer(lake, store).RunAsync(PeriodKind.Day, 10, new Then(stop.Cancel), stop.Token));

        Assert.Equal(1, (await SnapshotStoreContract.AssertWholeAsync(store, Period.Find(PeriodKind.Day, "2019-10-01")!.Value)).Events);
    }

    private static LakeManifest From(string source) => new() { Source = source, Received = 1 };

    private static SampleLake Shop(params (string Time, string User)[] events) => SampleLake.Of([.. events.Select(one => new MadeEvent(one.Time, EventKind.View, one.User, "s"))]);

    private DirectorySnapshotStore Store() => new(_folder.Next(), TimeSpan.FromMinutes(10), _time);

    private SnapshotWriter Writer(SampleLake lake, ISnapshotStore store) => new(lake.Folder, store, new LakeQueryOptions(), TimeSpan.FromHours(1), _time);

    private async Task<List<string>> WriteAllAsync(SampleLake lake, ISnapshotStore store)
    {
        var written = new List<string>();
        foreach (var kind in PeriodKinds.All)
        {
            written.AddRange((await Writer(lake, store).RunAsync(kind, 100, null, Token)).Written);
        }

        return written;
    }

    private static async Task<string> TextAsync(ISnapshotStore store, Period period, string file) => Encoding.UTF8.GetString(await SnapshotStoreContract.ReadBytesAsync(store, period, file));

    private sealed class Then(Action act) : IProgress<Period>
    {
        public void Report(Period value) => act();
    }
}
