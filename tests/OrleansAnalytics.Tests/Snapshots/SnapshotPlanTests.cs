using System.Globalization;
using CsCheck;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Snapshots;
using Xunit;

namespace OrleansAnalytics.Tests.Snapshots;

/// <summary>Which periods are due, whatever comes in which order and whichever ticks are missed.</summary>
public sealed class SnapshotPlanTests
{
    private const int MostHours = 24 * 40;
    private static readonly DateTime Begin = new(2019, 9, 25, 0, 0, 0, DateTimeKind.Utc);
    private static readonly Gen<PeriodKind> Kinds = Gen.Int[0, 2].Select(kind => (PeriodKind)kind);
    private static readonly Gen<TimeSpan> Lateness = Gen.Int[0, 30].Select(hours => TimeSpan.FromHours(hours));

    // Files as writers put them into the lake: hour and rows.
    private static readonly Gen<(int Hour, int Rows)[]> Files = Gen.Select(Gen.Int[0, MostHours], Gen.Int[1, 9]).Array[1, 60];

    [Fact]
    public void Once_ticks_come_again_every_closed_period_has_all_its_events_and_no_other_has_a_snapshot() =>
        Gen.Select(Kinds, Lateness, Files, Gen.Int[1, 5], Gen.Bool.Array[60]).Sample((kind, lateness, files, most, ticks) =>
        {
            var written = new Dictionary<Period, long>();
            for (var i = 0; i < files.Length; i++)
            {
                if (ticks[i])
                {
                    Tick(kind, lateness, files[..(i + 1)], most, written);
                }
            }

            while (Tick(kind, lateness, files, most, written) > 0)
            {
            }

            var latest = Begin.AddHours(files.Max(file => file.Hour));
            var expected = files.GroupBy(file => Period.Of(kind, Begin.AddHours(file.Hour)))
                .Where(period => period.Key.End + lateness <= latest)
                .ToDictionary(period => period.Key, period => (long)period.Sum(file => file.Rows));
            Assert.Equal(expected.OrderBy(one => one.Key.Start), written.OrderBy(one => one.Key.Start));
        });

    [Fact]
    public void A_plan_is_in_order_and_nothing_of_it_is_due_again_once_written() => Gen.Select(Kinds, Lateness, Files).Sample((kind, lateness, files) =>
    {
        var plan = SnapshotPlan.Of([Manifest(files)], kind, new Dictionary<Period, long>(), lateness);

        Assert.Equal(plan.Due.OrderBy(period => period.Start), plan.Due);
        Assert.Equal(Begin.AddHours(files.Max(file => file.Hour)), plan.Watermark);
        var written = plan.Due.ToDictionary(period => period, period => Rows(files, period));
        Assert.Empty(SnapshotPlan.Of([Manifest(files)], kind, written, lateness).Due);
    });

    [Fact]
    public void Compaction_makes_nothing_due() => Gen.Select(Kinds, Files).Sample((kind, files) =>
    {
        var manifest = Manifest(files);
        var compacted = new LakeManifest
        {
            Source = LakeManifest.CompactedSource,
            Files = [.. manifest.Files.GroupBy(LakeHours.FolderOf).Select(hour => new LakeFile($"{hour.Key}/c.parquet", hour.Sum(file => file.Rows), 1, 0, 0))],
            Replaced = [.. manifest.Files.Select(file => new ReplacedFile(file.Path, 0, IsGone: false))],
        };
        var before = SnapshotPlan.Of([manifest], kind, new Dictionary<Period, long>(), TimeSpan.Zero);
        Assert.Equal(before.Due, SnapshotPlan.Of([manifest, compacted], kind, new Dictionary<Period, long>(), TimeSpan.Zero).Due);
        var written = before.Due.ToDictionary(period => period, period => Rows(files, period));
        Assert.Empty(SnapshotPlan.Of([manifest, compacted], kind, written, TimeSpan.Zero).Due);
    });

    [Fact]
    public void A_period_of_which_an_hour_was_dropped_is_left_alone()
    {
        var manifest = Manifest([(0, 5), (1, 5), (30, 5), (80, 1)]);
        var dropped = new LakeManifest { Source = LakeManifest.CompactedSource, Replaced = [new ReplacedFile(manifest.Files[0].Path, 0, IsGone: true)] };

        var plan = SnapshotPlan.Of([manifest, dropped], PeriodKind.Day, new Dictionary<Period, long>(), TimeSpan.Zero);

        Assert.Equal(["day 2019-09-26"], plan.Due.Select(period => period.ToString()));
    }

    [Theory]
    [InlineData(5, 0)]
    [InlineData(6, 0)]
    [InlineData(4, 1)]
    public void More_events_than_the_snapshot_has_make_it_due_and_fewer_do_not(long inTheSnapshot, int due)
    {
        var written = new Dictionary<Period, long> { [Period.Of(PeriodKind.Hour, Begin)] = inTheSnapshot, [Period.Of(PeriodKind.Hour, Begin.AddHours(1))] = 1 };

        Assert.Equal(due, SnapshotPlan.Of([Manifest([(0, 2), (1, 1), (0, 3), (2, 1)])], PeriodKind.Hour, written, TimeSpan.Zero).Due.Count);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(3, 1)]
    public void A_period_is_closed_by_an_hour_that_begins_after_its_end_and_the_allowed_lateness(int laterHour, int due) =>
        Assert.Equal(due, SnapshotPlan.Of([Manifest([(0, 1), (laterHour, 1)])], PeriodKind.Hour, new Dictionary<Period, long>(), TimeSpan.FromHours(2)).Due.Count);

    [Fact]
    public void Of_a_lake_without_events_nothing_is_due() =>
        Assert.Equal((0, null), (SnapshotPlan.Of([], PeriodKind.Day, new Dictionary<Period, long>(), TimeSpan.Zero).Due.Count, SnapshotPlan.Of([], PeriodKind.Day, new Dictionary<Period, long>(), TimeSpan.Zero).Watermark));

    /// <summary>What a run does: at most so many of what is due, as the lake is then.</summary>
    private static int Tick(PeriodKind kind, TimeSpan lateness, (int Hour, int Rows)[] files, int most, Dictionary<Period, long> written)
    {
        var due = SnapshotPlan.Of([Manifest(files)], kind, written, lateness).Due.Take(most).ToList();
        due.ForEach(period => written[period] = Rows(files, period));
        return due.Count;
    }

    private static long Rows((int Hour, int Rows)[] files, Period period) => files.Where(file => period.Contains(Begin.AddHours(file.Hour))).Sum(file => (long)file.Rows);

    private static LakeManifest Manifest((int Hour, int Rows)[] files) => new()
    {
        Source = "import-made",
        Files = [.. files.Select((file, number) => new LakeFile(
            Begin.AddHours(file.Hour).ToString("'date='yyyy-MM-dd'/hour='HH", CultureInfo.InvariantCulture) + $"/{number}.parquet", file.Rows, 1, 0, 0))],
    };
}
