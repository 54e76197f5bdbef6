using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Cli;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Backfill;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>What is taken out of a lake, at every moment at which a backfill can end.</summary>
public sealed class LakeBackfillTests : IDisposable
{
    private const string Header = "event_time,event_type,product_id,price,user_id,user_session,transaction_id";

    private readonly ImportedLake _lake = new();
    private readonly FakeTimeProvider _time = new(ImportedLake.Now);

    private static string First => "date=2019-10-01/hour=00";

    private string StateFile => Path.Combine(_lake.Lake.Root, "backfill", "state.json");

    public void Dispose() => _lake.Dispose();

    [Fact]
    public void An_hour_is_taken_in_the_order_of_its_events_and_the_import_keeps_the_others()
    {
        var source = Import(Row(0, 30, "u2"), Row(0, 10, "u1"), Row(1, 5, "u1"));
        using var backfill = Open();
        Assert.Equal([First, "date=2019-10-01/hour=01"], backfill.Hours(Set(source), null, null));
        Assert.Empty(backfill.Hours(Set(source), new DateOnly(2019, 10, 2), null));
        Assert.Empty(backfill.Hours(Set(source), null, new DateOnly(2019, 10, 1)));

        var hour = backfill.Take(First, Set(source))!;

        Assert.Equal(2, hour.Rows);
        Assert.Equal(["u1", "u2"], backfill.Events(hour).Select(one => one.UserId));
        Assert.Equal(["u2"], backfill.Events(backfill.Acknowledge(hour, 1)).Select(one => one.UserId));
        Assert.Equal(1, Rows());
        Assert.Equal(1, _lake.Lake.Read(source)!.Received);
        backfill.Finish();
        Assert.Null(backfill.Resume());
        Assert.Null(backfill.Take(First, Set(source)));
    }

    [Fact]
    public void What_is_wholly_taken_is_not_imported_again()
    {
        var source = Import(Row(0, 30, "u2"), Row(0, 30, "u2"), "soon,view,p,1,u,s,");
        using var backfill = Open();
        Assert.Equal(1, backfill.Take(First, Set(source))!.Rows);
        backfill.Finish();
        var left = _lake.Lake.Read(source)!;
        Assert.Equal((0, 0, 0, 0), (left.Files.Count, left.Received, left.Duplicates, left.Rejected.Count));
        Assert.Equal(source, Import(Row(0, 30, "u2"), Row(0, 30, "u2"), "soon,view,p,1,u,s,"));
        Assert.Equal(0, Rows());
    }

    [Fact]
    public void A_backfill_that_ended_while_it_sent_goes_on_with_what_is_not_acknowledged()
    {
        var source = Import(Row(0, 1, "u1"), Row(0, 2, "u2"), Row(0, 3, "u3"));
        using (var backfill = Open())
        {
            backfill.Acknowledge(backfill.Take(First, Set(source))!, 2);
        }

        using var next = Open();
        Assert.Equal(["u3"], next.Events(next.Resume()!).Select(one => one.UserId));
    }

    [Fact]
    public void A_backfill_that_ended_right_after_the_lake_let_go_knows_it_and_one_that_ended_before_begins_again()
    {
        var source = Import(Row(0, 1, "u1"), Row(1, 2, "u2"));
        var before = File.ReadAllBytes(_lake.Lake.PathOfManifest(source));
        BackfillHour taken;
        using (var backfill = Open())
        {
            taken = backfill.Take(First, Set(source))!;
        }

        // Neither the last note nor the import's manifest had been written.
        File.WriteAllBytes(StateFile, (taken with { IsTaken = false }).ToUtf8());
        File.WriteAllBytes(_lake.Lake.PathOfManifest(source), before);
        using (var backfill = Open())
        {
            Assert.Equal(taken, backfill.Resume()! with { Files = taken.Files });
            Assert.Equal(1, Rows());
            backfill.Finish();

            // Noted, and not taken.
            File.WriteAllBytes(StateFile, (taken with { IsTaken = false, Since = taken.Since - 1, Folder = "date=2019-10-01/hour=01", Files = _lake.Lake.Read(source)!.Files.Select(file => file.Path).ToList() }).ToUtf8());
            Assert.Null(backfill.Resume());
            Assert.Equal(1, Rows());
            Assert.Single(backfill.Hours(Set(source), null, null));
        }
    }

    [Fact]
    public void Files_that_compaction_replaced_after_they_were_noted_were_not_taken()
    {
        var (one, other) = (Import(Row(0, 1, "u1")), Import(Row(0, 2, "u2")));
        var noted = new BackfillHour
        {
            Folder = First,
            Files = [.. _lake.Lake.Read(one)!.Files.Select(file => file.Path)],
            Since = _time.GetUtcNow().ToUnixTimeMilliseconds(),
            Rows = 1,
        };
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Compact().Hours);
        using var backfill = Open();
        File.WriteAllBytes(StateFile, noted.ToUtf8());
        Assert.Null(backfill.Resume());
        Assert.Equal(2, Rows());
        Assert.Equal(2, backfill.Take(First, Set(one, other))!.Rows);
    }

    [Fact]
    public void What_compaction_has_put_together_is_taken_apart_again()
    {
        var (one, other) = (Import(Row(0, 1, "u1"), Row(0, 2, "u2")), Import(Row(0, 3, "u3")));
        Assert.Equal(1, Compact().Hours);
        using var backfill = Open();
        var refused = Assert.Throws<InvalidDataException>(() => backfill.Take(First, Set(one)));
        Assert.Contains(other, refused.Message, StringComparison.Ordinal);
        Assert.Equal(3, Rows());

        Assert.Equal(["u1", "u2", "u3"], backfill.Events(backfill.Take(First, Set(one, other))!).Select(found => found.UserId));
        Assert.Equal(0, Rows());

        // Compaction removes the files a while later, and nothing comes back.
        _time.Advance(TimeSpan.FromHours(1));
        Compact();
        Assert.Empty(Directory.EnumerateFiles(_lake.Lake.Events, "*.parquet", SearchOption.AllDirectories));
    }

    [Fact]
    public void Lines_of_one_order_that_only_their_transaction_tells_apart_keep_ids_of_their_own()
    {
        string Line(string transaction) => $"2019-10-01 00:00:01 UTC,purchase,p,2.5,u,s,{transaction}";
        var source = Import(Line("1"), Line("2"), Line("3"));
        using var backfill = Open();
        var ids = backfill.Events(backfill.Take(First, Set(source))!).Select(one => one.EventId).ToList();
        Assert.Equal(3, ids.Distinct().Count());
        Assert.Single(ids, id => id is null);
    }

    [Fact]
    public async Task The_verbs_look_after_a_lake_and_refuse_what_would_not_be_safe()
    {
        Import(Row(0, 1, "u1"));
        Import(Row(0, 2, "u2"));
        Assert.Equal(CommandLine.Success, await CommandLine.RunAsync(["lake", "status", "--json", "--lake", _lake.Lake.Root]));
        var status = LakeStatus.Of(_lake.Lake, new LakeCompactionOptions { MaxFiles = 2 });
        Assert.Equal((2, 2, 1, "2019-10-01", 1, 2), (status.Files, status.Rows, status.Days, status.FirstDay, status.HoursDue, status.FilesDue));
        using (CompactedFiles.Take(_lake.Lake))
        {
            Assert.Equal(CommandLine.Failed, await CommandLine.RunAsync(["lake", "compact", "--all", "--lake", _lake.Lake.Root]));
        }

        Assert.Equal(CommandLine.Success, await CommandLine.RunAsync(["lake", "compact", "--all", "--lake", _lake.Lake.Root]));
        Assert.Single(LakeManifest.FilesOf(_lake.Lake.Read()));
        Assert.Equal(CommandLine.Usage, await CommandLine.RunAsync(["lake", "status", "--lake", "/no/such/folder"]));
        Assert.Equal(CommandLine.Usage, await CommandLine.RunAsync(["lake", "compact", "--threads", "0", "--lake", _lake.Lake.Root]));
        Assert.Equal(CommandLine.Usage, await CommandLine.RunAsync(["backfill", "--from", "soon"]));
        Assert.Equal(CommandLine.Usage, await CommandLine.RunAsync(["backfill", "--rate", "0"]));
        using var held = Open();
        Assert.Throws<IOException>(() => Open());
    }

    private static string Row(int hour, int second, string user) => $"2019-10-01 {hour:00}:00:{second:00} UTC,view,p{second},2.5,{user},s,";

    private static HashSet<string> Set(params string[] sources) => [.. sources];

    private string Import(params string[] rows) => _lake.Import(_lake.File(string.Join('\n', [Header, .. rows]))).Manifest.Source;

    private LakeBackfill Open() => LakeBackfill.Open(_lake.Lake, new LakeCompactionOptions(), _time);

    private CompactionResult Compact() => new LakeCompactor(_lake.Lake, new LakeCompactionOptions { MaxFiles = 2 }, _time).Run();

    private long Rows() => LakeManifest.FilesOf(_lake.Lake.Read()).Sum(file => file.Rows);
}
