using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Tests.AzureStorage;
using Xunit;

namespace OrleansAnalytics.Tests.Ingest;

public sealed class AzureDeadLetterStoreTests(SharedAzurite azurite) : DeadLetterStoreContract, IAsyncLifetime
{
    private readonly FaultyTransport _transport = new();
    private AzureShop? _shop;
    private AzureDeadLetterStore? _store;

    protected override IDeadLetterStore Store => _store!;

    public async ValueTask InitializeAsync()
    {
        _shop = await AzureShop.CreateAsync(await azurite.GetAsync(), _transport);
        _store = new AzureDeadLetterStore(_shop.Connection);
    }

    public async ValueTask DisposeAsync()
    {
        if (_shop is not null)
        {
            await _shop.DisposeAsync();
        }
    }

    [Fact]
    public async Task Many_letters_are_put_removed_and_swept_in_several_transactions()
    {
        await Store.PutAsync([.. Enumerable.Range(1, 250).Select(position => Letter(1, position) with { Raw = new byte[60_000] })], Token);
        Assert.Equal(250, (await Store.ListAsync(new DeadLetterQuery(Limit: 1000), Token)).Count);
        Assert.Equal(120, await Store.RemoveAsync([.. Enumerable.Range(1, 120).Select(position => new DeadLetterKey(1, position))], Token));
        Assert.Equal(new DeadLetterTotals(20, 20 * 60_000, 110), await Store.TrimAsync(1, 250, new DeadLetterBounds(20, long.MaxValue), Token));
        Assert.Equal(Enumerable.Range(231, 20).Select(position => $"1-{position}"), (await Store.ListAsync(new DeadLetterQuery { IncludeRemoved = true }, Token)).Select(letter => letter.Id));
    }

    [Fact]
    public async Task Whatever_answer_is_lost_letters_are_removed_and_counted_once()
    {
        await Store.PutAsync([.. Enumerable.Range(1, 9).Select(position => Letter(1, position))], Token);
        _transport.Once(RequestFault.AnswerLost);
        Assert.Equal(2, await Store.RemoveAsync([new(1, 1), new(1, 2)], Token));
        _transport.Once(RequestFault.AnswerLost);
        Assert.Equal(new DeadLetterTotals(7, 0, 0), await Store.TrimAsync(1, 9, new DeadLetterBounds(99, 99), Token));
        await Store.PutAsync([Letter(1, 10)], Token);
        _transport.Once(RequestFault.AnswerLost);
        Assert.Equal(new DeadLetterTotals(3, 0, 5), await Store.TrimAsync(1, 10, new DeadLetterBounds(3, 99), Token));
    }

    [Fact]
    public async Task Nodes_that_sweep_at_the_same_time_count_a_letter_once()
    {
        await Store.PutAsync([.. Enumerable.Range(1, 300).Select(position => Letter(1, position))], Token);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var node = _shop!.Again();
            await new AzureDeadLetterStore(node.Connection).TrimAsync(1, 300, new DeadLetterBounds(10, 99), Token);
        }));
        Assert.Equal(new DeadLetterTotals(10, 0, 290), await Store.TrimAsync(1, 300, new DeadLetterBounds(10, 99), Token));
    }

    [Fact]
    public async Task Long_entities_are_told_as_they_are()
    {
        var entity = "page/" + new string('ü', 1000);
        await Store.PutAsync([Letter(1, 1, entity + "1"), Letter(1, 1, entity + "2")], Token);
        Assert.Equal([entity + "1", entity + "2"], (await Store.ListAsync(new DeadLetterQuery(), Token)).Select(letter => letter.Entity));
        Assert.NotNull(await Store.FindAsync(new(1, 1, entity + "2"), Token));
    }

    [Fact]
    public async Task A_service_that_is_too_busy_is_told()
    {
        _transport.Decide(_ => RequestFault.Busy);
        var busy = await Assert.ThrowsAsync<AzureStorageException>(async () => await Store.PutAsync([Letter(1, 1)], Token));
        Assert.Contains("dead letters could not be written: Azure Storage is too busy", busy.Message, StringComparison.Ordinal);
    }
}
