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
        var letter = Letter(3, 70_000_000_000, "product/5") with
        {
            Detail = "why",
            ReceivedMs = -5,
            Raw = new byte[] { 0, 255 },
            Form = new RawForm(RawKind.Csv, true, "a,b"),
        };
        await Store.PutAsync([letter], Token);
        var read = Assert.Single(await Store.ListAsync(new DeadLetterQuery(Limit: 10), Token));
        Assert.Equal(letter.Raw.ToArray(), read.Raw.ToArray());
        Assert.Equal(letter, read with { Raw = letter.Raw });
        Assert.Equal(letter, (await Store.FindAsync(letter.Key, Token))! with { Raw = letter.Raw });
        Assert.Null(await Store.FindAsync(letter.Key with { Entity = "" }, Token));
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
    public async Task A_listing_goes_on_behind_one_of_several_letters_of_a_position()
    {
        await PutSome();
        Assert.Equal(["1-2-user/1", "1-2-user/2", "1-300", "2-1"], await Ids(new DeadLetterQuery(AfterPartition: 1, AfterPosition: 2, AfterEntity: "", Limit: 9)));
        Assert.Equal(["1-2-user/2", "1-300"], await Ids(new DeadLetterQuery(Partition: 1, AfterPartition: 1, AfterPosition: 2, AfterEntity: "user/1", Limit: 9)));
    }

    [Fact]
    public async Task A_listing_can_be_narrowed_by_source_and_time_of_arrival()
    {
        await Store.PutAsync(
            [
                Letter(0, 1) with { Source = "a.csv:1", ReceivedMs = 10 }, Letter(0, 2) with { Source = "a.csv:11", ReceivedMs = 20 },
                Letter(0, 3) with { Source = "a.csv", ReceivedMs = 30 }, Letter(0, 4) with { Source = "a.csv2:1", ReceivedMs = 40 },
            ],
            Token);
        Assert.Equal(["0-1", "0-2", "0-3"], await Ids(new DeadLetterQuery { Source = "a.csv" }));
        Assert.Equal(["0-1"], await Ids(new DeadLetterQuery { Source = "a.csv:1" }));
        Assert.Equal(["0-2", "0-3"], await Ids(new DeadLetterQuery { FromMs = 20, ToMs = 40 }));
    }

    [Fact]
    public async Task What_was_removed_stays_removed_although_a_replay_puts_it_again()
    {
        await PutSome();
        Assert.Equal(2, await Store.RemoveAsync([new(1, 300), new(1, 2), new(1, 2), new(9, 9)], Token));
        Assert.Equal(0, await Store.RemoveAsync([new(1, 300)], Token));
        await PutSome();
        Assert.Equal(["0-7", "1-2-user/1", "1-2-user/2", "2-1"], await Ids(new DeadLetterQuery()));
        Assert.Null(await Store.FindAsync(new(1, 300), Token));
    }

    [Fact]
    public async Task Removed_poison_is_still_told_to_a_partition_that_asks_and_without_its_text()
    {
        await Store.PutAsync([Letter(1, 2, "user/1") with { Raw = new byte[] { 1 } }], Token);
        Assert.Equal(1, await Store.RemoveAsync([new(1, 2, "user/1")], Token));
        Assert.Empty(await Ids(new DeadLetterQuery()));
        Assert.Equal(0, Assert.Single(await Store.ListAsync(new DeadLetterQuery { IncludeRemoved = true }, Token)).Raw.Length);
    }

    [Fact]
    public async Task Traces_of_removed_letters_are_forgotten_where_nothing_is_replayed_and_not_before()
    {
        await Store.PutAsync([Letter(1, 2, "user/1"), Letter(1, 5, "user/1"), Letter(1, 5)], Token);
        await Store.RemoveAsync([new(1, 2, "user/1"), new(1, 5, "user/1"), new(1, 5)], Token);
        Assert.Equal(default, await Store.TrimAsync(1, 4, new DeadLetterBounds(9, 99), Token));
        Assert.Equal(["1-5-user/1"], await Ids(new DeadLetterQuery { IncludeRemoved = true }));
        await Store.PutAsync([Letter(1, 5)], Token);
        Assert.Empty(await Ids(new DeadLetterQuery()));
        await Store.TrimAsync(1, 5, new DeadLetterBounds(9, 99), Token);
        Assert.Empty(await Ids(new DeadLetterQuery { IncludeRemoved = true }));
    }

    [Fact]
    public async Task The_oldest_letters_beyond_a_bound_expire_and_are_counted()
    {
        var letters = Enumerable.Range(1, 6).Select(position => Letter(1, position) with { ReceivedMs = position, Raw = new byte[10] }).ToList();
        await Store.PutAsync([.. letters, Letter(0, 1), Letter(2, 1)], Token);
        Assert.Equal(new DeadLetterTotals(6, 60, 0), await Store.TrimAsync(1, 6, new DeadLetterBounds(6, 60), Token));

        await Store.PutAsync([Letter(1, 7) with { ReceivedMs = 7, Raw = new byte[10] }], Token);
        Assert.Equal(new DeadLetterTotals(6, 60, 1), await Store.TrimAsync(1, 7, new DeadLetterBounds(6, 99), Token));
        Assert.Equal(new DeadLetterTotals(4, 40, 3), await Store.TrimAsync(1, 7, new DeadLetterBounds(99, 49, 1), Token));
        Assert.Equal(new DeadLetterTotals(3, 30, 4), await Store.TrimAsync(1, 7, new DeadLetterBounds(99, 999, 5), Token));
        Assert.Equal(["0-1", "1-5", "1-6", "1-7", "2-1"], await Ids(new DeadLetterQuery()));
    }

    [Fact]
    public async Task What_may_be_put_again_does_not_expire()
    {
        await Store.PutAsync([Letter(1, 1), Letter(1, 2), Letter(1, 3)], Token);
        Assert.Equal(new DeadLetterTotals(2, 0, 1), await Store.TrimAsync(1, 1, new DeadLetterBounds(1, 99), Token));
        Assert.Equal(["1-2", "1-3"], await Ids(new DeadLetterQuery()));
        Assert.Equal(new DeadLetterTotals(1, 0, 2), await Store.TrimAsync(1, 3, new DeadLetterBounds(1, 99), Token));
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
