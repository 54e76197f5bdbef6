using Azure.Core;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Snapshots;
using OrleansAnalytics.Tests.AzureStorage;
using Xunit;

namespace OrleansAnalytics.Tests.Snapshots;

public sealed class BlobSnapshotStoreTests(SharedAzurite azurite) : SnapshotStoreContract, IAsyncLifetime
{
    private static readonly TimeSpan KeepReplaced = TimeSpan.FromMinutes(10);
    private readonly FaultyTransport _transport = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private AzureShop? _shop;
    private BlobSnapshotStore? _store;

    protected override ISnapshotStore Store => _store!;

    public async ValueTask InitializeAsync()
    {
        _shop = await AzureShop.CreateAsync(await azurite.GetAsync(), _transport);
        _store = NewStore(_shop);
    }

    public async ValueTask DisposeAsync()
    {
        if (_shop is not null)
        {
            await _shop.DisposeAsync();
        }
    }

    [Fact]
    public async Task Files_are_in_a_folder_of_their_version_and_the_manifest_names_them()
    {
        await PutAsync(Store, Day, 5, ("brands.csv", "x"));

        Assert.Equal(["files/day/2019-10-01/v1/brands.csv", "locks/day", "manifests/day/2019-10-01.json"], await EntriesAsync());
    }

    [Fact]
    public async Task A_version_that_was_replaced_stays_for_readers_that_began_before_and_then_goes()
    {
        await PutAsync(Store, Day, 5, ("brands.csv", "old"));
        _time.Advance(TimeSpan.FromDays(1));
        await PutAsync(Store, Day, 6, ("brands.csv", "new"));

        Assert.Equal(0, await Store.RemoveReplacedAsync(PeriodKind.Day, Token));
        Assert.Contains("files/day/2019-10-01/v1/brands.csv", await EntriesAsync());
        _time.Advance(KeepReplaced);
        Assert.Equal(1, await Store.RemoveReplacedAsync(PeriodKind.Day, Token));
        Assert.Equal(["files/day/2019-10-01/v2/brands.csv", "locks/day", "manifests/day/2019-10-01.json"], await EntriesAsync());

        // A period that is tidy is not listed again.
        var sent = _transport.Sent;
        Assert.Equal(0, await Store.RemoveReplacedAsync(PeriodKind.Day, Token));
        Assert.Equal(1, _transport.Sent - sent);
    }

    [Fact]
    public async Task Another_node_sees_the_same_and_does_not_write_beside()
    {
        var other = NewStore(_shop!.Again());
        await PutAsync(Store, Day, 5, ("a.csv", "x"));
        Assert.Equal(5, (await other.EventsAsync(PeriodKind.Day, Token))[Day]);
        await PutAsync(other, Day, 1234567, ("a.csv", "y"));
        Assert.Equal(1234567, (await Store.EventsAsync(PeriodKind.Day, Token))[Day]);
        await using var draft = await Store.BeginAsync(Day, Token);
        await Assert.ThrowsAsync<IOException>(async () => await other.BeginAsync(Day, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_writer_that_lost_its_lease_without_knowing_changes_nothing(bool isFirst)
    {
        if (!isFirst)
        {
            await PutAsync(Store, Day, 5, ("a.csv", "old"), ("b.csv", "old"));
        }

        await using var frozen = await Store.BeginAsync(Day, Token);
        await AddAsync(frozen, "a.csv", "frozen");
        await BreakLeaseAsync();
        var other = NewStore(_shop!.Again());
        await using (var draft = await other.BeginAsync(Day, Token))
        {
            // The other one has removed what the frozen one had written, and both write on.
            await AddAsync(frozen, "b.csv", "frozen");
            await AddAsync(draft, "a.csv", "new");
            await Assert.ThrowsAsync<IOException>(async () => await frozen.CompleteAsync(About(Day, 6), Token));
            await draft.CompleteAsync(About(Day, 7), Token);
        }

        Assert.Equal((7, 1), ((await AssertWholeAsync(Store, Day)).Events, (await AssertWholeAsync(Store, Day)).Files.Count));
        await PutAsync(other, Day, 8, ("a.csv", "newest"));
        _time.Advance(KeepReplaced);
        await other.RemoveReplacedAsync(PeriodKind.Day, Token);
        Assert.Equal((8, 3), ((await AssertWholeAsync(Store, Day)).Events, (await EntriesAsync()).Count));
    }

    [Fact]
    public async Task Whatever_answer_is_lost_the_snapshot_is_written_once()
    {
        for (var request = 1; ; request++)
        {
            var (requests, isLost) = (0, false);
            _transport.Decide(sent => IsChange(sent.Method) && ++requests == request && (isLost = true) ? RequestFault.AnswerLost : RequestFault.None);
            await PutAsync(Store, Day, request, ("a.csv", $"{request}"), ("b.csv", $"{request}"));
            _transport.Decide(_ => RequestFault.None);
            Assert.Equal((request, request), ((await AssertWholeAsync(Store, Day)).Events, (await AssertWholeAsync(Store, Day)).Version));
            if (!isLost)
            {
                // Lease, claim, two files, manifest, release; the first time there is no marker.
                Assert.Equal(7, request);
                return;
            }
        }
    }

    /// <summary>From one request on nothing arrives any more, as if the node had died, or the request's answer alone was the last thing that was lost.</summary>
    [Theory]
    [InlineData(RequestFault.Lost)]
    [InlineData(RequestFault.AnswerLost)]
    public async Task A_crash_at_any_step_leaves_a_snapshot_whole_and_the_next_writer_goes_on(object fault)
    {
        await PutAsync(Store, Day, 1, ("a.csv", "1"), ("b.csv", "1"));
        for (var (step, events) = (1, 1L); ; step++)
        {
            var requests = 0;
            _transport.Decide(_ => ++requests < step ? RequestFault.None : requests == step ? (RequestFault)fault : RequestFault.Lost);
            var failure = await Record.ExceptionAsync(() => PutAsync(Store, Day, events + 1, ("a.csv", "longer"), ("c.csv", "longer")));
            _transport.Decide(_ => RequestFault.None);
            var survivor = NewStore(_shop!.Again());
            var there = await AssertWholeAsync(survivor, Day);
            Assert.Contains(there.Events, failure is null ? [events + 1] : (long[])[events, events + 1]);
            await BreakLeaseAsync();
            events = there.Events + 1;
            await PutAsync(survivor, Day, events, ("a.csv", "next"), ("b.csv", "next"));
            _time.Advance(KeepReplaced);
            await survivor.RemoveReplacedAsync(PeriodKind.Day, Token);
            Assert.Equal(events, (await AssertWholeAsync(survivor, Day)).Events);
            Assert.Equal(4, (await EntriesAsync()).Count);
            if (failure is null)
            {
                Assert.InRange(step, 6, 9);
                return;
            }

            Assert.IsType<AzureStorageException>(failure);
        }
    }

    [Fact]
    public async Task A_lease_is_renewed_while_a_snapshot_is_computed()
    {
        var renewed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var draft = await Store.BeginAsync(Day, Token);
        _transport.Decide(request =>
        {
            if (request.Headers.TryGetValue("x-ms-lease-action", out var action) && action == "renew")
            {
                renewed.TrySetResult();
            }

            return RequestFault.None;
        });
        _time.Advance(WorkLease.RenewEvery);
        await renewed.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    [Fact]
    public async Task An_account_that_is_away_is_told()
    {
        await PutAsync(Store, Day, 5, ("a.csv", "x"));
        _transport.Decide(_ => RequestFault.Lost);
        await Assert.ThrowsAsync<AzureStorageException>(async () => await Store.EventsAsync(PeriodKind.Day, Token));
        await Assert.ThrowsAsync<AzureStorageException>(async () => await Store.FindAsync(Day, Token));
        await Assert.ThrowsAsync<AzureStorageException>(async () => await Store.OpenAsync(Day, "a.csv", Token));
        await Assert.ThrowsAsync<AzureStorageException>(async () => await Store.BeginAsync(Day, Token));
    }

    private static bool IsChange(RequestMethod method) => method != RequestMethod.Get && method != RequestMethod.Head;

    private BlobSnapshotStore NewStore(AzureShop shop) => new(shop.Connection, KeepReplaced, _time);

    /// <summary>As when its time has run out.</summary>
    private Task BreakLeaseAsync() => LeasedBlobs.BreakAsync(_shop!.Again().Connection.Container(BlobSnapshotStore.Container), "locks/day");

    private async Task<List<string>> EntriesAsync()
    {
        var names = new List<string>();
        await foreach (var blob in _shop!.Again().Connection.Container(BlobSnapshotStore.Container).GetBlobsAsync(cancellationToken: Token))
        {
            names.Add(blob.Name);
        }

        return names;
    }
}
