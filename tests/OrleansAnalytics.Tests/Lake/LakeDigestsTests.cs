using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Digests;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>When files have digests, and when these are read. That the answers are the same is in <see cref="SharedReportTests"/>.</summary>
public sealed class LakeDigestsTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(30);

    /// <summary>Digests of every hour that has one file.</summary>
    internal static LakeCompactionOptions AtOnce => new() { SettleAfter = TimeSpan.Zero, DigestFromRows = 1, SessionTimeout = Timeout, Threads = 2 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Compaction_makes_them_once_of_settled_hours_that_have_one_file()
    {
        using var lake = Shop();
        var options = AtOnce;
        options.SettleAfter = TimeSpan.FromHours(2);
        options.MaxFiles = 9;
        // Of two hours with two files one is put together, and the other goes on.
        lake.Add(new LakeManifest { Source = "import-late" }, [Event(1), Event(11)]);
        Assert.Equal(10, Compact(lake, options).FilesDigested);
        Assert.Equal(0, Compact(lake, options).FilesDigested);
        using var database = lake.Open();
        Assert.Equal(Enumerable.Range(0, 10), database.FilesDigested.Select(file => LakeHours.Of(file).Hour).Order());
    }

    [Fact]
    public void A_file_with_few_events_has_none()
    {
        using var lake = Shop();
        var options = AtOnce;
        options.DigestFromRows = 12;
        Assert.Equal(1, Compact(lake, options).FilesDigested);
        options.DigestFromRows = 13;
        Directory.Delete(Path.Combine(lake.Root, LakeDigests.Name), recursive: true);
        Assert.Equal(0, Compact(lake, options).FilesDigested);
    }

    [Fact]
    public void They_are_what_is_read()
    {
        using var lake = Shop();
        Compact(lake, AtOnce);
        Assert.Equal(1L, Crowds(lake));
        var digests = new LakeDigests(lake.Folder, Timeout);
        var files = LakeManifest.FilesOf(lake.Folder.Read()).OrderBy(LakeHours.Of).ToList();
        File.Copy(digests.PathOf(files[3], "crowds"), digests.PathOf(files[4], "crowds"), overwrite: true);
        Assert.Equal(2L, Crowds(lake));
    }

    [Fact]
    public void Without_one_of_them_the_events_of_its_file_are_read_and_compaction_makes_it_again()
    {
        using var lake = Shop();
        Compact(lake, AtOnce);
        File.Delete(new LakeDigests(lake.Folder, Timeout).PathOf(LakeManifest.FilesOf(lake.Folder.Read())[0], "stretches"));
        using (var database = lake.Open())
        {
            Assert.Equal(database.Files.Count - 1, database.FilesDigested.Count);
        }

        Assert.Equal(1L, Crowds(lake));
        Assert.Equal(1, Compact(lake, AtOnce).FilesDigested);
    }

    [Fact]
    public void A_damaged_one_is_an_error_and_not_a_wrong_answer_and_may_be_deleted()
    {
        using var lake = Shop();
        Compact(lake, AtOnce);
        var digests = new LakeDigests(lake.Folder, Timeout);
        File.WriteAllText(digests.PathOf(LakeManifest.FilesOf(lake.Folder.Read())[5], "crowds"), "half");
        Assert.Equal(SqlError.Unreadable, Assert.Throws<SqlException>(() => Crowds(lake)).Error);

        Directory.Delete(Path.Combine(lake.Root, LakeDigests.Name), recursive: true);
        Assert.Equal(1L, Crowds(lake));
    }

    [Fact]
    public void A_file_that_cannot_be_read_stops_compaction_with_a_reason_and_its_folder_for_spilling_goes()
    {
        using var lake = Shop();
        Compact(lake, AtOnce);
        var digests = new LakeDigests(lake.Folder, Timeout);
        var file = LakeManifest.FilesOf(lake.Folder.Read())[5];
        File.Delete(digests.PathOf(file, "counts"));
        File.WriteAllText(lake.Folder.PathOf(file), "half");
        Assert.Contains(Path.GetFileName(file.Path), Assert.Throws<IOException>(() => Compact(lake, AtOnce)).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetDirectories(lake.Root), path => path.EndsWith(".compaction", StringComparison.Ordinal));
        Assert.DoesNotContain(Digests(lake), path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void An_hour_to_which_a_file_comes_is_read_again_and_the_digests_of_a_file_go_with_it()
    {
        using var lake = Shop();
        Compact(lake, AtOnce);
        lake.Add(new LakeManifest { Source = "import-late" }, [Event(3)]);
        using (var database = lake.Open())
        {
            Assert.DoesNotContain(database.FilesDigested, file => LakeHours.Of(file).Hour == 3);
        }

        // The hour is put together; what it was before stays for readers, and then goes.
        var options = AtOnce;
        options.MaxFiles = 2;
        Assert.Equal(1, Compact(lake, options).FilesDigested);
        Assert.Equal(13 * LakeDigests.Kinds.Count, Digests(lake).Count);
        options.KeepReplaced = TimeSpan.Zero;
        Compact(lake, options);
        var digests = new LakeDigests(lake.Folder, Timeout);
        var wanted = LakeManifest.FilesOf(lake.Folder.Read()).SelectMany(file => LakeDigests.Kinds.Select(kind => digests.PathOf(file, kind)));
        Assert.Equal(wanted.Order(StringComparer.Ordinal), Digests(lake).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Those_of_another_session_timeout_are_not_read_and_make_room()
    {
        using var lake = Shop();
        Compact(lake, AtOnce);
        using (var database = lake.Open(new LakeQueryOptions { SessionTimeout = TimeSpan.FromMinutes(5) }))
        {
            Assert.Empty(database.FilesDigested);
        }

        var options = AtOnce;
        options.SessionTimeout = TimeSpan.FromMinutes(5);
        Assert.Equal(12, Compact(lake, options).FilesDigested);
        Assert.Equal(12 * LakeDigests.Kinds.Count, Digests(lake).Count);
    }

    [Fact]
    public void A_period_reads_its_own()
    {
        using var lake = Shop();
        Compact(lake, AtOnce);
        foreach (var (hour, crowds) in new[] { (3, 1L), (4, 0L) })
        {
            using var database = LakeDatabase.Open(lake.Folder, period: Period.Of(PeriodKind.Hour, new DateTime(2019, 10, 1, hour, 0, 0, DateTimeKind.Utc)));
            Assert.Equal(hour, LakeHours.Of(Assert.Single(database.FilesDigested)).Hour);
            Assert.Equal(crowds, LakeReports.Run(database, ReportNames.OverTheRate, Token).Table.Rows[0][0]);
        }
    }

    [Fact]
    public void A_question_about_one_user_reads_events()
    {
        using var lake = Shop();
        Compact(lake, AtOnce);
        using var database = LakeDatabase.Open(lake.Folder, user: "u");
        Assert.Empty(database.FilesDigested);
        Assert.Equal(1L, LakeReports.Run(database, ReportNames.OverTheRate, Token).Table.Rows[0][0]);
    }

    private static object? Crowds(SampleLake lake)
    {
        using var database = lake.Open();
        return LakeReports.Run(database, ReportNames.OverTheRate, Token).Table.Rows[0][0];
    }

    private static List<string> Digests(SampleLake lake) => [.. Directory.EnumerateFiles(Path.Combine(lake.Root, LakeDigests.Name), "*", SearchOption.AllDirectories)];

    private static CompactionResult Compact(SampleLake lake, LakeCompactionOptions options) => new LakeCompactor(lake.Folder, options, TimeProvider.System).Run(cancellationToken: Token);

    /// <summary>Twelve hours, each with one event, and one with a crowd of twelve.</summary>
    private static SampleLake Shop()
    {
        var lake = new SampleLake();
        lake.Add(new LakeManifest { Source = "import-shop" }, [.. Enumerable.Range(0, 12).SelectMany(hour => Enumerable.Repeat(Event(hour), hour == 3 ? 12 : 1))]);
        return lake;
    }

    private static string Event(int hour) => new MadeEvent($"2019-10-01 {hour:00}:20:00", EventKind.View, "u", "s").ToRow();
}
