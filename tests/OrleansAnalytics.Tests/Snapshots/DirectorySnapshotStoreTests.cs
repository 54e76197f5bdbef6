using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Snapshots;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Snapshots;

public sealed class DirectorySnapshotStoreTests : SnapshotStoreContract, IDisposable
{
    private static readonly TimeSpan KeepReplaced = TimeSpan.FromMinutes(10);
    private readonly StorageFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly string _root;

    public DirectorySnapshotStoreTests()
    {
        _root = _folder.Next();
        Store = new DirectorySnapshotStore(_root, KeepReplaced, _time);
    }

    protected override ISnapshotStore Store { get; }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_are_in_a_folder_of_their_version_beside_the_manifest()
    {
        await PutAsync(Store, Day, 5, ("brands.csv", "x"));

        Assert.Equal(["day/.lock", "day/2019-10-01/manifest.json", "day/2019-10-01/v1/brands.csv"], Entries());
    }

    [Fact]
    public async Task A_version_that_was_replaced_stays_for_readers_that_began_before_and_then_goes()
    {
        await PutAsync(Store, Day, 5, ("brands.csv", "old"));
        await using var reader = await Store.OpenAsync(Day, "brands.csv", Token);
        _time.Advance(TimeSpan.FromDays(1));
        await PutAsync(Store, Day, 6, ("brands.csv", "new"));

        Assert.Equal(0, await Store.RemoveReplacedAsync(PeriodKind.Day, Token));
        Assert.Contains("day/2019-10-01/v1/brands.csv", Entries());
        _time.Advance(KeepReplaced);
        Assert.Equal(1, await Store.RemoveReplacedAsync(PeriodKind.Day, Token));
        Assert.Equal(["day/.lock", "day/2019-10-01/manifest.json", "day/2019-10-01/v2/brands.csv"], Entries());
        Assert.Equal(0, await Store.RemoveReplacedAsync(PeriodKind.Day, Token));
    }

    [Fact]
    public async Task Another_store_on_the_folder_sees_the_same_and_what_it_writes_is_seen()
    {
        var other = new DirectorySnapshotStore(_root, KeepReplaced, _time);
        await PutAsync(Store, Day, 5, ("a.csv", "x"));
        Assert.Equal(5, (await other.EventsAsync(PeriodKind.Day, Token))[Day]);
        await PutAsync(other, Day, 1234567, ("a.csv", "y"));
        Assert.Equal(1234567, (await Store.EventsAsync(PeriodKind.Day, Token))[Day]);
        await using var draft = await Store.BeginAsync(Day, Token);
        await Assert.ThrowsAsync<IOException>(async () => await other.BeginAsync(Day, Token));
    }

    /// <summary>At every step of writing a snapshot again the disk is looked at as a crash would leave it, with the tails of unfinished files cut off by chance.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_crash_at_any_step_leaves_a_snapshot_whole_and_the_next_writer_goes_on(int seed)
    {
        await PutAsync(Store, Day, 5, ("brands.csv", "old brands"), ("totals.csv", "old totals"));
        var images = new List<(string Step, string Folder)>();
        var chance = new Random(seed);
        var crashing = new DirectorySnapshotStore(_root, KeepReplaced, _time) { Before = step => images.Add((step, Image(chance))) };
        await PutAsync(crashing, Day, 6, ("brands.csv", "new brands"), ("totals.csv", "new totals"), ("funnel.csv", "new funnel"));
        images.Add(("the end", Image(chance)));

        Assert.Equal(10, images.Count);
        foreach (var (step, folder) in images)
        {
            var survivor = new DirectorySnapshotStore(folder, KeepReplaced, _time);
            var manifest = await AssertWholeAsync(survivor, Day);
            Assert.Equal(step == "the end" ? (6L, 3) : (5L, 2), (manifest.Events, manifest.Files.Count));

            await PutAsync(survivor, Day, 7, ("brands.csv", "newest brands"));
            _time.Advance(KeepReplaced);
            await survivor.RemoveReplacedAsync(PeriodKind.Day, Token);
            Assert.Equal(7, (await AssertWholeAsync(survivor, Day)).Events);
            Assert.Equal(3, Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Count());
        }
    }

    private List<string> Entries() =>
        [.. Directory.EnumerateFiles(_root, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_root, file).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>A copy of the folder; files that no manifest names yet may be shorter than they were, as nothing says that they are synced.</summary>
    private string Image(Random chance)
    {
        var folder = _folder.Next();
        foreach (var entry in Entries().Where(entry => !entry.EndsWith(".lock", StringComparison.Ordinal)))
        {
            var to = Path.Combine(folder, entry);
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            if (entry.EndsWith(".tmp", StringComparison.Ordinal))
            {
                // Its writer has it to itself; of what is written there, anything may be left.
                File.WriteAllBytes(to, new byte[chance.Next(100)]);
                continue;
            }

            var bytes = File.ReadAllBytes(Path.Combine(_root, entry));
            var isUnnamed = entry.Contains("/v2/", StringComparison.Ordinal)
                && !File.ReadAllText(Path.Combine(_root, "day/2019-10-01/manifest.json")).Contains("\"version\": 2", StringComparison.Ordinal);
            File.WriteAllBytes(to, isUnnamed ? bytes[..chance.Next(bytes.Length + 1)] : bytes);
        }

        foreach (var version in Directory.EnumerateDirectories(Path.Combine(folder, "day/2019-10-01")))
        {
            Directory.SetLastWriteTimeUtc(version, Directory.GetLastWriteTimeUtc(Path.Combine(_root, Path.GetRelativePath(folder, version))));
        }

        return folder;
    }
}
