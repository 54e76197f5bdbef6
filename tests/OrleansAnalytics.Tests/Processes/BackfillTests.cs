using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Backfill;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>Real programs: history is imported beside live events and sent through the log, while both sides are killed.</summary>
public sealed class BackfillTests : IDisposable
{
    private const int Killed = 128 + 9;

    private static readonly string[] SmallSteps = ["--Log:Partitions", "4", "--Journeys:MaxSessionsKept", "10000", "--Reports:CacheFor", "00:00:00", "--Lake:WriteEvery", "00:00:01"];

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task History_is_live_and_in_the_lake_once_although_backfill_and_silo_are_killed()
    {
        var shop = new GeneratedFile(events: 12_000, seed: 21, days: 2);
        var (data, file) = (_folder.Next(), _folder.Next());
        var lake = new LakeFolder(Path.Combine(data, LakeFolder.Name));
        var half = shop.Rows / 2;
        await File.WriteAllLinesAsync(file, shop.Lines.Take(1 + half), TestContext.Current.CancellationToken);
        await using (var node = ServedNode.Start(data, SmallSteps))
        {
            await node.ReadyAsync();
            Assert.True(await node.SendAsync([shop.Lines[0], .. shop.Lines.Skip(1 + half)], firstRecord: half + 1));
            await node.CaughtUpAsync();
            await ChildProgram.ClientAsync(0, "import", file, "--lake", lake.Root);
            await ChildProgram.ClientAsync(1, "reconcile", "--tries", "1", "--url", node.Http.BaseAddress!.ToString());
        }

        var imported = ImportedRows(lake);
        Assert.True(imported > 3_000, $"{imported} events were imported");
        for (var kill = 3; kill > 0; kill--)
        {
            await using var node = ServedNode.Start(data, SmallSteps);
            await node.ReadyAsync();
            await using var backfill = ChildProgram.Client("backfill", "--lake", lake.Root, "--url", node.Http.BaseAddress!.ToString(), "--rate", "2000");
            var until = imported * kill / 5;
            await Eventually.TrueAsync(() => Task.FromResult(ImportedRows(lake) <= until || backfill.HasExited), $"a backfill with {until} events before it");
            Assert.False(backfill.HasExited, backfill.Told());
            backfill.Kill();
            await backfill.EndAsync(Killed);
            await node.KillAsync();
        }

        await using var last = ServedNode.Start(data, SmallSteps);
        await last.ReadyAsync();
        await ChildProgram.ClientAsync(0, "backfill", "--lake", lake.Root, "--url", last.Http.BaseAddress!.ToString());
        await last.CaughtUpAsync();
        Assert.Equal(0, ImportedRows(lake));
        await ChildProgram.ClientAsync(0, "reconcile", "--url", last.Http.BaseAddress!.ToString());

        // What the import has rejected or dropped is not sent, so these counts are not those of the whole file.
        var users = shop.Oracle.Journeys.Keys;
        var (expected, actual) = (Answers.Of(shop.Oracle, users), await last.AnswersAsync(users));
        Assert.Equal(Answers.Ingested(expected, "accepted"), Answers.Ingested(actual, "accepted"));
        Assert.Equal(Answers.Ingested(expected, "accepted"), LakeManifest.FilesOf(lake.Read()).Sum(one => one.Rows));
        expected.Remove(ReportNames.Ingest);
        actual.Remove(ReportNames.Ingest);
        Answers.AssertEqual(expected, actual);

        // The same file again changes nothing.
        var again = await ChildProgram.ClientAsync(0, "backfill", file, "--lake", lake.Root, "--url", last.Http.BaseAddress!.ToString());
        Assert.Contains("0 events of 0 hours", again.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_another_lake_is_refused_and_nothing_is_taken()
    {
        var file = _folder.Next();
        var lake = new LakeFolder(_folder.Next());
        await File.WriteAllLinesAsync(file, new GeneratedFile(events: 50, seed: 3).Lines, TestContext.Current.CancellationToken);
        await ChildProgram.ClientAsync(0, "import", file, "--lake", lake.Root);
        var before = ImportedRows(lake);
        await using var node = ServedNode.Start(_folder.Next(), SmallSteps);
        await node.ReadyAsync();

        var refused = await ChildProgram.ClientAsync(1, "backfill", "--lake", lake.Root, "--url", node.Http.BaseAddress!.ToString());

        Assert.Contains("another lake", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(before, ImportedRows(lake));
    }

    private static long ImportedRows(LakeFolder lake) => lake.Read().Where(manifest => LakeBackfill.IsImport(manifest.Source)).SelectMany(manifest => manifest.Files).Sum(file => file.Rows);
}
