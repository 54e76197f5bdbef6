using System.Text;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

public sealed class EventIdsTests
{
    [Theory]
    [InlineData("", 8, 1)]
    [InlineData("", 12, 9)]
    [InlineData("", 1_000_003, 789609)]
    [InlineData("a", 8, 3)]
    [InlineData("a", 16, 11)]
    [InlineData("a", 1_000_003, 385867)]
    [InlineData("abc", 16, 9)]
    [InlineData("abc", 1_000_003, 776397)]
    public void A_user_stays_in_its_partition_for_ever(string user, int partitions, int partition)
    {
        Assert.Equal(partition, PartitionRouter.PartitionOf(user, partitions));
        Assert.Equal(partition, PartitionRouter.PartitionOf(Encoding.UTF8.GetBytes(user), partitions));
    }

    [Fact]
    public void A_long_user_is_routed_alike_as_text_and_as_bytes()
    {
        var user = string.Concat(Enumerable.Repeat("ü€", 400));
        Assert.Equal(PartitionRouter.PartitionOf(Encoding.UTF8.GetBytes(user), 1009), PartitionRouter.PartitionOf(user, 1009));
    }

    [Fact]
    public void Stored_identities_never_change()
    {
        Assert.Equal("7f81d3653d2087ce5f8200f56ae28047", EventIds.FromProducer("541312140"u8, "order-1"u8).ToString());
        Assert.Equal("64b9c415f0f6bc4ea1ec29cfe03c7329", Draft().Id.ToString());
        Assert.Equal("b5b8bdbdf0a2d10876734f163a841393", EventIds.ForRejection("orders.csv", 17, "a,b"u8).ToString());
    }

    [Fact]
    public void Where_user_ends_and_event_id_begins_matters() =>
        Assert.NotEqual(EventIds.FromProducer("ab"u8, "c"u8), EventIds.FromProducer("a"u8, "bc"u8));

    [Fact]
    public void Equal_values_in_other_writing_are_one_event() =>
        Assert.Equal(Draft().Id, Draft(d =>
        {
            d.PriceText = "3.320e1"u8.ToArray();
            d.EventTime = "2019-10-01T02:00:00+02:00"u8.ToArray();
            d.QuantityText = "1"u8.ToArray();
        }).Id);

    [Fact]
    public void Every_field_is_part_of_the_identity()
    {
        var ids = new HashSet<EventId> { Draft().Id };
        foreach (var field in Enum.GetValues<DraftField>())
        {
            var text = field switch
            {
                DraftField.EventTime => "2019-10-01 00:00:01",
                DraftField.EventType => "cart",
                DraftField.Price or DraftField.Quantity or DraftField.PageViewDuration => "7",
                _ => "other",
            };
            Assert.True(ids.Add(Draft(d => d[field] = Encoding.UTF8.GetBytes(text)).Id), $"{field} does not matter");
        }
    }

    [Fact]
    public void A_text_does_not_mean_the_same_in_another_field() =>
        Assert.NotEqual(Draft(d => d.Brand = "x"u8.ToArray()).Id, Draft(d => d.CategoryCode = "x"u8.ToArray()).Id);

    [Fact]
    public void Large_fields_have_an_identity_too() =>
        Assert.NotEqual(Draft(d => d.Url = new byte[2000]).Id, Draft(d => d.Url = new byte[2001]).Id);

    [Fact]
    public void A_rejection_is_known_by_source_number_and_text()
    {
        EventId[] ids =
        [
            EventIds.ForRejection("a", 1, "x"u8), EventIds.ForRejection("b", 1, "x"u8), EventIds.ForRejection("a", 2, "x"u8),
            EventIds.ForRejection("a", 1, "y"u8), EventIds.ForRejection("ax", 1, ""u8), EventIds.ForRejection("a", 1, new byte[5000]),
        ];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Equal(ids[0], EventIds.ForRejection("a", 1, "x"u8));
    }

    private static EventDraft Draft(Action<EventDraft>? change = null)
    {
        var draft = new EventDraft
        {
            EventTime = "2019-10-01 00:00:00 UTC"u8.ToArray(),
            EventType = "view"u8.ToArray(),
            UserId = "541312140"u8.ToArray(),
            ProductId = "44600062"u8.ToArray(),
            PriceText = "33.2"u8.ToArray(),
        };
        change?.Invoke(draft);
        Assert.Null(EventValidation.Check(draft, new IngestOptions(), long.MaxValue / 2));
        return draft;
    }
}
