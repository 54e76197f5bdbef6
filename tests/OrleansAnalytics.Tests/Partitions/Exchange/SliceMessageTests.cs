using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Exchange;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Exchange;

public sealed class SliceMessageTests
{
    private readonly SlicePacker _packer = new();
    private readonly SliceUnpacker _unpacker = new(new EventTexts());

    [Fact]
    public void Slices_ComeBackAsTheyWere()
    {
        var events = Enumerable.Range(1, 40).Select(number => new PositionedEvent(number * 7, Event(number))).ToArray();
        var slices = Enum.GetValues<EntityKind>()
            .SelectMany(kind => new[] { (new EntityKey(kind, "a"), new Slice(5, After: 0, events[..3])), (new EntityKey(kind, new string('ü', 300)), new Slice(5, After: 6, events[(int)kind..])) })
            .ToArray();
        foreach (var (entity, slice) in slices)
        {
            _packer.Add(entity, slice);
        }

        var read = _unpacker.Read(_packer.Build());

        Assert.Equal(slices.Select(one => one.Item1), read.Select(one => one.Lane.Key));
        Assert.All(slices.Zip(read), one =>
        {
            Assert.Equal((one.First.Item2.Partition, one.First.Item2.After), (one.Second.Slice.Partition, one.Second.Slice.After));
            Assert.Equal(one.First.Item2.Events, one.Second.Slice.Events);
        });
    }

    [Fact]
    public void EventThatConcernsSeveralEntities_IsSentOnce_AndShared()
    {
        var one = new PositionedEvent(9, Event(9));
        _packer.Add(new EntityKey(EntityKind.Product, "p"), new Slice(0, 0, [one]));
        _packer.Add(new EntityKey(EntityKind.Brand, "b"), new Slice(0, 0, [one]));
        var message = _packer.Build();
        Assert.Equal((2, 1), (message.Count, message.EventCount));
        var read = _unpacker.Read(message);
        Assert.Same(read[0].Slice.Events[0].Event, read[1].Slice.Events[0].Event);
    }

    [Fact]
    public void NextMessage_BeginsAfresh()
    {
        _packer.Add(new EntityKey(EntityKind.Product, "p"), new Slice(0, 0, [new PositionedEvent(9, Event(9))]));
        _packer.Build();
        Assert.Equal(0, _packer.ByteCount);
        _packer.Add(new EntityKey(EntityKind.Product, "q"), new Slice(1, 4, [new PositionedEvent(9, Event(10))]));
        var delivery = Assert.Single(_unpacker.Read(_packer.Build()));
        Assert.Equal((1, Event(10)), (delivery.Slice.Partition, delivery.Slice.Events[0].Event));
    }

    [Fact]
    public void ByteCount_IsWhatTheMessageHas()
    {
        _packer.Add(new EntityKey(EntityKind.Product, "p"), new Slice(0, 0, [new PositionedEvent(9, Event(9)), new PositionedEvent(10, Event(10))]));
        var counted = _packer.ByteCount;
        var message = _packer.Build();
        Assert.Equal(message.Events.Length + message.Slices.Length - 1, counted);
    }

    [Fact]
    public void MessageThatIsCut_IsDamaged_AndNeverSomethingElse()
    {
        _packer.Add(new EntityKey(EntityKind.Product, "product"), new Slice(0, 3, [new PositionedEvent(9, Event(9)), new PositionedEvent(10, Event(10))]));
        var whole = _packer.Build();
        for (var length = 0; length < whole.Slices.Length; length++)
        {
            Assert.Throws<DamagedFormatException>(() => _unpacker.Read(whole with { Slices = whole.Slices[..length] }));
        }

        Assert.Throws<DamagedFormatException>(() => _unpacker.Read(whole with { Events = whole.Events[..^1] }));
    }

    [Fact]
    public void Flushes_ComeBackAsTheyWere()
    {
        EntityFlush[] flushes = [new(new EntityLane(new EntityKey(EntityKind.Page, "/ä")), 3, 7), new(new EntityLane(new EntityKey(EntityKind.User, "u")), 3, long.MaxValue)];
        var message = FlushPacker.Pack(3, flushes);
        Assert.Equal((3, 2), (message.Partition, message.Count));
        Assert.Equal(
            flushes.Select(flush => (flush.Lane.Key, flush.Partition, flush.Expected)),
            FlushPacker.Read(message, new EventTexts()).Select(flush => (flush.Lane.Key, flush.Partition, flush.Expected)));
    }

    private static ShopEvent Event(int number) => new()
    {
        Id = new EventId(1, (ulong)number),
        TimeMs = 1_569_931_200_000 + number,
        Kind = EventKind.Purchase,
        UserId = $"u{number}",
        SessionKey = "s",
        ProductId = $"p{number}",
        CategoryId = number % 2 == 0 ? null : "c",
        CategoryCode = "a.b",
        Brand = "ümlaut",
        Price = Money.FromAmount(number + 0.25m),
        Quantity = number,
        DurationMs = number * 3,
    };
}
