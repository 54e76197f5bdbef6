using Azure.Storage.Blobs.Models;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.AzureStorage;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.AzureTables;

public sealed class AzureGrainStorageTests(SharedAzurite azurite) : GrainStorageContract, IAsyncLifetime
{
    private readonly FaultyTransport _transport = new();
    private AzureShop? _shop;

    protected override IGrainStorage Storage => new AzureGrainStorage(Shop.State);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AzureShop Shop => _shop!;

    public async ValueTask InitializeAsync() => _shop = await AzureShop.CreateAsync(await azurite.GetAsync(), _transport);

    public async ValueTask DisposeAsync()
    {
        if (_shop is not null)
        {
            await _shop.DisposeAsync();
        }
    }

    [Fact]
    public async Task Writes_that_wait_share_transactions_and_a_conflict_fails_only_its_own()
    {
        await Storage.WriteStateAsync("entity", Other(7), Holding("first"));
        var before = Shop.State.Transactions;
        var writes = Enumerable.Range(0, 800).Select(i => Storage.WriteStateAsync("entity", Other(i), Holding($"{i}"))).ToList();
        await Assert.ThrowsAsync<InconsistentStateException>(() => writes[7]);
        writes.RemoveAt(7);
        await Task.WhenAll(writes);
        Assert.InRange(Shop.State.Transactions - before, 16, 200);
        Assert.Equal("first", await TextAsync(Other(7)));
        Assert.Equal("799", await TextAsync(Other(799)));
    }

    [Fact]
    public async Task Conflicts_everywhere_in_a_group_leave_the_rest_of_it()
    {
        var states = Enumerable.Range(0, 60).Select(_ => Holding("first")).ToList();
        await Task.WhenAll(states.Select((state, i) => Storage.WriteStateAsync("entity", Other(i), state)));
        var late = Enumerable.Range(0, 60).Select(i => i % 5 == 0 ? Holding("late") : states[i]).ToList();
        late.ForEach(state => state.State!.Text = "second");
        var outcomes = await Task.WhenAll(late.Select(async (state, i) =>
        {
            var writing = Storage.WriteStateAsync("entity", Other(i), state);
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return writing.Exception?.InnerException;
        }));
        for (var i = 0; i < outcomes.Length; i++)
        {
            Assert.Equal(i % 5 == 0, outcomes[i] is InconsistentStateException);
            Assert.Equal(i % 5 == 0 ? "first" : "second", await TextAsync(Other(i)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(300)]
    public async Task A_write_whose_answer_was_lost_has_happened_once(int writes)
    {
        _transport.Once(RequestFault.AnswerLost);
        var states = Enumerable.Range(0, writes).Select(_ => Holding("a")).ToList();
        await Task.WhenAll(states.Select((state, i) => Storage.WriteStateAsync("entity", Other(i), state)));
        _transport.Once(RequestFault.AnswerLost);
        states.ForEach(state => state.State!.Text = "b");
        await Task.WhenAll(states.Select((state, i) => Storage.WriteStateAsync("entity", Other(i), state)));
        Assert.Equal("b", await TextAsync(Other(writes - 1)));
    }

    [Fact]
    public async Task A_busy_service_is_asked_again_and_in_the_end_said_to_be_busy()
    {
        var state = Holding("a");
        var refusals = 3;
        _transport.Decide(_ => refusals-- > 0 ? RequestFault.Busy : RequestFault.None);
        await Storage.WriteStateAsync("entity", User, state);
        Assert.Equal(4, _transport.Sent);

        var etag = state.ETag;
        _transport.Decide(_ => RequestFault.Busy);
        var busy = await Assert.ThrowsAsync<AzureStorageException>(() => Storage.WriteStateAsync("entity", User, state));
        Assert.Contains("too busy", busy.Message, StringComparison.Ordinal);
        Assert.Equal(etag, state.ETag);
        _transport.Decide(_ => RequestFault.None);
        await Storage.WriteStateAsync("entity", User, state);
    }

    [Fact]
    public async Task What_never_arrives_fails_all_of_its_group_and_the_next_one_works()
    {
        _transport.Decide(_ => RequestFault.Lost);
        var writes = Enumerable.Range(0, 40).Select(i => Storage.WriteStateAsync("entity", Other(i), Holding("x"))).ToList();
        foreach (var write in writes)
        {
            await Assert.ThrowsAsync<AzureStorageException>(() => write);
        }

        await Assert.ThrowsAsync<AzureStorageException>(() => Storage.ReadStateAsync("entity", User, Holding("")));
        _transport.Decide(_ => RequestFault.None);
        Assert.Null(await TextAsync(Other(0)));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Storage.WriteStateAsync("entity", Other(i), Holding("x"))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData((64 << 10) - 4)]
    [InlineData(64 << 10)]
    [InlineData(TableValue.MaxBytes - 5)]
    [InlineData(TableValue.MaxBytes - 4)]
    [InlineData(3 << 20)]
    public async Task A_value_of_any_size_is_read_back(int length)
    {
        var text = new string('v', length) + 'e';
        await Storage.WriteStateAsync("entity", User, Holding(text));
        Assert.Equal(text, await TextAsync(User));
        // With its last letter, the length of the text and the version it has five bytes more.
        Assert.Equal(length + 5 > TableValue.MaxBytes ? 1 : 0, (await BlobsAsync()).Count);
    }

    [Fact]
    public async Task Of_large_values_the_last_one_is_kept_and_nothing_else()
    {
        var state = Holding(new string('a', 1 << 20));
        await Storage.WriteStateAsync("entity", User, state);
        var first = Assert.Single(await BlobsAsync());
        state.State!.Text = new string('b', 1 << 20);
        _transport.Once(RequestFault.AnswerLost);
        await Storage.WriteStateAsync("entity", User, state);
        Assert.NotEqual(first, Assert.Single(await BlobsAsync()));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Storage.WriteStateAsync("entity", User, Holding(new string('c', 1 << 20))));
        Assert.Equal(state.State.Text, await TextAsync(User));
        Assert.Single(await BlobsAsync());

        // Another node, which has read it.
        await using var again = Shop.Again();
        var moved = Holding("");
        await new AzureGrainStorage(again.State).ReadStateAsync("entity", User, moved);
        moved.State!.Text = "small";
        await new AzureGrainStorage(again.State).WriteStateAsync("entity", User, moved);
        Assert.Empty(await BlobsAsync());
        Assert.Equal("small", await TextAsync(User));
    }

    [Fact]
    public async Task A_large_value_that_no_row_names_is_removed_after_a_day_and_no_other()
    {
        await Storage.WriteStateAsync("entity", User, Holding(new string('a', 1 << 20)));
        var named = Assert.Single(await BlobsAsync());
        await Shop.State.Spilled.PutAsync("b00", "none", [1]);
        await Shop.State.Spilled.PutAsync(named.Split('/')[0], named.Split('/')[1], [1]);
        Assert.Equal(0, await Shop.State.Spilled.RemoveStraysAsync(DateTimeOffset.UtcNow, Token));
        Assert.Equal(2, await Shop.State.Spilled.RemoveStraysAsync(DateTimeOffset.UtcNow.AddDays(2), Token));
        Assert.Equal(named, Assert.Single(await BlobsAsync()));
    }

    [Fact]
    public async Task Long_keys_that_begin_alike_are_different_records()
    {
        var (one, other) = (GrainId.Create("page", new string('é', 1000) + "1"), GrainId.Create("page", new string('é', 1000) + "2"));
        await Storage.WriteStateAsync("entity", one, Holding("one"));
        await Storage.WriteStateAsync("entity", other, Holding("other"));
        Assert.Equal(("one", "other"), (await TextAsync(one), await TextAsync(other)));
    }

    [Fact]
    public async Task Disposing_finishes_what_is_queued_and_then_writes_are_refused()
    {
        var storage = Storage;
        var writes = Enumerable.Range(0, 100).Select(i => storage.WriteStateAsync("entity", Other(i), Holding("x"))).ToArray();
        await Shop.State.DisposeAsync();
        await Task.WhenAll(writes);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => storage.WriteStateAsync("entity", User, Holding("x")));
    }

    private static GrainId Other(int number) => GrainId.Create("user", $"other {number}");

    private async Task<string?> TextAsync(GrainId grain)
    {
        var read = Holding("");
        await Storage.ReadStateAsync("entity", grain, read);
        return read.RecordExists ? read.State!.Text : null;
    }

    private async Task<List<string>> BlobsAsync()
    {
        var names = new List<string>();
        await foreach (var blob in Shop.Connection.Container("state").GetBlobsAsync(BlobTraits.None, BlobStates.None, null, Token))
        {
            names.Add(blob.Name);
        }

        return names;
    }
}
