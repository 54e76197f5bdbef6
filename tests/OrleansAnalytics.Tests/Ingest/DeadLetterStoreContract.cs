using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Ingest;

/// <summary>What every store of dead letters must do.</summary>
public abstract class DeadLetterStoreContract
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract IDeadLetterStore Store { get; }

    [Fact]
    public async Task A_letter_is_read_back_as_it_was_put()
    {
        var letter = Letter(3, 70_000_000_000, "product/5") with { Detail = "why", ReceivedMs = -5, Raw = new byte[] { 0, 255 } };
        await Store.PutAsync([letter], Token);
        var read = Assert.Single(await Store.ListAsync(new DeadLetterQuery(Limit: 10), Token));
        Assert.Equal(letter.Raw.ToArray(), read.Raw.ToArray());
        Assert.Equal(letter, read with { Raw = letter.Raw });
    }

    [Fact]
    public async Task A_repeat_overwrites()
    {
        await Store.PutAsync([Letter(0, 1), Letter(0, 1, "user/1")], Token);
        await Store.PutAsync([Letter(0, 1) with { Detail = "again" }], Token);
        Assert.Equal(["again", null], (await Store.ListAsync(new DeadLetterQuery(Limit: 10), Token)).Select(l => l.Detail));
    }

    [Fact]
    public async Task Letters_are_listed_by_partition_position_and_entity()
    {
        await PutSome();
        Assert.Equal(["0-7", "1-2", "1-2-user/1", "1-2-user/2", "1-300", "2-1"], await Ids(new DeadLetterQuery(Limit: 100)));
    }

    [Fact]
    public async Task A_listing_can_be_narrowed_and_limited()
    {
        await PutSome();
        Assert.Equal(["1-2", "1-2-user/1"], await Ids(new DeadLetterQuery(Partition: 1, Limit: 2)));
        Assert.Equal(["1-2-user/1", "1-2-user/2"], await Ids(new DeadLetterQuery(Reason: RejectReason.Poison, Limit: 9)));
        Assert.Equal(["2-1"], await Ids(new DeadLetterQuery(Partition: 2, Reason: RejectReason.BadTime, Limit: 9)));
        Assert.Empty(await Ids(new DeadLetterQuery(Partition: 5, Limit: 9)));
        Assert.Empty(await Ids(new DeadLetterQuery(Limit: 0)));
    }

    [Fact]
    public async Task A_listing_goes_on_after_a_letter()
    {
        await PutSome();
        Assert.Equal(["1-300", "2-1"], await Ids(new DeadLetterQuery(AfterPartition: 1, AfterPosition: 2, Limit: 9)));
        Assert.Equal(["1-2", "1-2-user/1", "1-2-user/2", "1-300", "2-1"], await Ids(new DeadLetterQuery(AfterPartition: 1, AfterPosition: 0, Limit: 9)));
        Assert.Equal(["1-300"], await Ids(new DeadLetterQuery(Partition: 1, AfterPartition: 1, AfterPosition: 299, Limit: 9)));
        Assert.Equal(["2-1"], await Ids(new DeadLetterQuery(Partition: 2, AfterPartition: 1, AfterPosition: 2, Limit: 9)));
        Assert.Empty(await Ids(new DeadLetterQuery(Partition: 1, AfterPartition: 2, AfterPosition: 0, Limit: 9)));
    }

    [Fact]
    public async Task Putting_none_is_harmless()
    {
        await Store.PutAsync([], Token);
        Assert.Empty(await Ids(new DeadLetterQuery(Limit: 9)));
    }

    protected static DeadLetter Letter(int partition, long position, string entity = "") => new()
    {
        Partition = partition,
        Position = position,
        Entity = entity,
        Reason = entity.Length == 0 ? RejectReason.BadTime : RejectReason.Poison,
        Source = "orders.csv:17",
        ReceivedMs = 5,
        Raw = default,
    };

    private async Task PutSome() => await Store.PutAsync(
        [Letter(1, 300), Letter(1, 2, "user/2"), Letter(2, 1), Letter(1, 2), Letter(0, 7), Letter(1, 2, "user/1")], Token);

    private async Task<IEnumerable<string>> Ids(DeadLetterQuery query) => (await Store.ListAsync(query, Token)).Select(l => l.Id);
}
