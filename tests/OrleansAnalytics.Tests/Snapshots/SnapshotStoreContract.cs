using System.Security.Cryptography;
using System.Text;
using OrleansAnalytics.Snapshots;
using Xunit;

namespace OrleansAnalytics.Tests.Snapshots;

/// <summary>What every <see cref="ISnapshotStore"/> keeps to.</summary>
public abstract class SnapshotStoreContract
{
    protected static readonly Period Day = Period.Find(PeriodKind.Day, "2019-10-01")!.Value;
    private static readonly Period Next = Period.Find(PeriodKind.Day, "2019-10-02")!.Value;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract ISnapshotStore Store { get; }

    [Fact]
    public async Task What_was_completed_is_there_whole()
    {
        var answer = await PutAsync(Store, Day, 5, ("brands.csv", "a,b\n"), ("brands.parquet", "PAR1"));

        var manifest = await Store.FindAsync(Day, Token);
        Assert.Equal(answer.ToUtf8(), manifest!.ToUtf8());
        Assert.Equal((1, 5L, "day", "2019-10-01"), (manifest.Version, manifest.Events, manifest.Kind, manifest.Period));
        Assert.Equal(new PeriodFile(4, Convert.ToHexStringLower(SHA256.HashData("a,b\n"u8))), manifest.Files["brands.csv"]);
        Assert.Equal(["brands.csv", "brands.parquet"], manifest.Files.Keys.Order());
        await AssertWholeAsync(Store, Day);
    }

    [Fact]
    public async Task What_is_written_again_is_replaced_as_a_whole()
    {
        await PutAsync(Store, Day, 5, ("brands.csv", "old"), ("gone.csv", "old"));
        await PutAsync(Store, Day, 7, ("brands.csv", "newer"));

        var manifest = await Store.FindAsync(Day, Token);
        Assert.Equal((2, 7L), (manifest!.Version, manifest.Events));
        Assert.Equal("newer", await ReadAsync(Store, Day, "brands.csv"));
        Assert.Null(await Store.OpenAsync(Day, "gone.csv", Token));
    }

    [Fact]
    public async Task A_draft_is_not_seen_before_it_is_completed_nor_after_it_was_given_up()
    {
        await PutAsync(Store, Day, 5, ("brands.csv", "old"));
        await using (var draft = await Store.BeginAsync(Day, Token))
        {
            await AddAsync(draft, "brands.csv", "new");
            Assert.Equal("old", await ReadAsync(Store, Day, "brands.csv"));
        }

        Assert.Equal("old", await ReadAsync(Store, Day, "brands.csv"));
        Assert.Equal(1, (await Store.FindAsync(Day, Token))!.Version);
        await PutAsync(Store, Day, 6, ("brands.csv", "newer"));
        Assert.Equal("newer", await ReadAsync(Store, Day, "brands.csv"));
    }

    [Fact]
    public async Task A_file_that_fails_leaves_the_old_snapshot()
    {
        await PutAsync(Store, Day, 5, ("brands.csv", "old"));
        await using (var draft = await Store.BeginAsync(Day, Token))
        {
            await AddAsync(draft, "totals.csv", "new");
            await Assert.ThrowsAsync<InvalidDataException>(async () => await draft.AddAsync("brands.csv", (_, _) => throw new InvalidDataException("half"), Token));
        }

        Assert.Equal("old", await ReadAsync(Store, Day, "brands.csv"));
    }

    [Fact]
    public async Task Completing_that_is_cancelled_leaves_the_old_snapshot()
    {
        await PutAsync(Store, Day, 5, ("brands.csv", "old"));
        await using (var draft = await Store.BeginAsync(Day, Token))
        {
            await AddAsync(draft, "brands.csv", "new");
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await draft.CompleteAsync(About(Day, 6), new CancellationToken(canceled: true)));
        }

        Assert.Equal("old", await ReadAsync(Store, Day, "brands.csv"));
    }

    [Fact]
    public async Task One_writes_snapshots_of_a_kind_at_a_time()
    {
        await using (await Store.BeginAsync(Day, Token))
        {
            await Assert.ThrowsAsync<IOException>(async () => await Store.BeginAsync(Next, Token));
            await using var otherKind = await Store.BeginAsync(Period.Of(PeriodKind.Month, Day.Start), Token);
        }

        await using var free = await Store.BeginAsync(Next, Token);
    }

    [Fact]
    public async Task Events_are_those_of_the_snapshots_of_the_kind()
    {
        Assert.Empty(await Store.EventsAsync(PeriodKind.Day, Token));
        await PutAsync(Store, Day, 5, ("a.csv", ""));
        await PutAsync(Store, Next, 0, ("a.csv", ""));
        await PutAsync(Store, Day, 8, ("a.csv", ""));
        await PutAsync(Store, Period.Of(PeriodKind.Hour, Day.Start), 3, ("a.csv", ""));

        Assert.Equal(new Dictionary<Period, long> { [Day] = 8, [Next] = 0 }, await Store.EventsAsync(PeriodKind.Day, Token));
        Assert.Equal(["2019-10-02", "2019-10-01"], (await SnapshotList.LatestAsync(Store, PeriodKind.Day, 10, Token)).Select(one => one.Period));
        Assert.Equal(["2019-10-02"], (await SnapshotList.LatestAsync(Store, PeriodKind.Day, 1, Token)).Select(one => one.Period));
        Assert.Null(await Store.FindAsync(Period.Of(PeriodKind.Month, Day.Start), Token));
    }

    [Theory]
    [InlineData("../brands.csv")]
    [InlineData("a/b.csv")]
    [InlineData(".hidden")]
    [InlineData("")]
    public async Task A_name_that_leads_elsewhere_is_refused(string file)
    {
        await using var draft = await Store.BeginAsync(Day, Token);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await AddAsync(draft, file, "x"));
    }

    [Fact]
    public async Task A_file_is_added_once()
    {
        await using var draft = await Store.BeginAsync(Day, Token);
        await AddAsync(draft, "a.csv", "x");
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await AddAsync(draft, "a.csv", "y"));
    }

    protected static PeriodManifest About(Period period, long events) => new() { Kind = period.Kind.Name(), Period = period.Name, Events = events };

    protected static async Task<PeriodManifest> PutAsync(ISnapshotStore store, Period period, long events, params (string Name, string Content)[] files)
    {
        await using var draft = await store.BeginAsync(period, Token);
        foreach (var (name, content) in files)
        {
            await AddAsync(draft, name, content);
        }

        return await draft.CompleteAsync(About(period, events), Token);
    }

    /// <summary>Every file that the manifest names has the size and checksum that it says.</summary>
    internal static async Task<PeriodManifest> AssertWholeAsync(ISnapshotStore store, Period period)
    {
        var manifest = await store.FindAsync(period, Token);
        Assert.NotNull(manifest);
        foreach (var (name, file) in manifest.Files)
        {
            var bytes = await ReadBytesAsync(store, period, name);
            Assert.Equal(file, new PeriodFile(bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        }

        return manifest;
    }

    internal static async Task<byte[]> ReadBytesAsync(ISnapshotStore store, Period period, string file)
    {
        await using var stream = await store.OpenAsync(period, file, Token);
        Assert.NotNull(stream);
        using var bytes = new MemoryStream();
        await stream.CopyToAsync(bytes, Token);
        return bytes.ToArray();
    }

    private static async Task<string> ReadAsync(ISnapshotStore store, Period period, string file) => Encoding.UTF8.GetString(await ReadBytesAsync(store, period, file));

    protected static ValueTask AddAsync(ISnapshotDraft draft, string name, string content) =>
        draft.AddAsync(name, (stream, stop) => stream.WriteAsync(Encoding.UTF8.GetBytes(content), stop).AsTask(), Token);
}

public sealed class InMemorySnapshotStoreTests : SnapshotStoreContract
{
    protected override ISnapshotStore Store { get; } = new InMemorySnapshotStore();
}
