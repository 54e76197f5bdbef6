using System.Buffers;
using System.Buffers.Binary;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Pages;
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

        var read = _unpacker.Deliveries(_packer.Build());

        Assert.Equal(slices.Select(one => one.Item1), read.Select(one => one.Lane.Key));
        Assert.All(slices.Zip(read), one =>
        {
            Assert.Equal((one.First.Item2.Partition, one.First.Item2.After), (one.Second.Slice.Partition, one.Second.Slice.After));
            Assert.Equal(one.First.Item1.Kind == EntityKind.User ? one.First.Item2.Events : one.First.Item2.Events.Select(WithoutUser), one.Second.Slice.Events);
        });
    }

    [Theory]
    [MemberData(nameof(FoldsOfOthersThanUsers))]
    public void FoldsOfOthersThanUsers_NeverReadWhoDidIt(EntityKind kind, Func<EntityFold> make)
    {
        var (whole, sent) = (make(), make());
        for (var number = 1; number <= 100; number++)
        {
            var one = new PositionedEvent(number, Event(number) with { Kind = kind == EntityKind.Page ? EventKind.Page : (EventKind)(1 + (number % 4)), ProductId = $"p{number % 7}", Url = "/one", SessionKey = $"s{number}" });

            whole.Fold(one.Event, one.Position);
            _packer.Add(new EntityKey(kind, "one"), new Slice(0, one.Position - 1, [one]));
        }

        var read = _unpacker.Deliveries(_packer.Build());
        Assert.All(read, delivery => sent.Fold(delivery.Slice.Events[0].Event, delivery.Slice.Through));

        Assert.NotEmpty(read);
        Assert.Equal(Stored(whole), Stored(sent));
    }

    public static TheoryData<EntityKind, Func<EntityFold>> FoldsOfOthersThanUsers() => new()
    {
        { EntityKind.Product, () => new ProductFold(new CatalogOptions()) },
        { EntityKind.Category, () => new CategoryFold(new CatalogOptions()) },
        { EntityKind.Brand, () => new BrandFold(new CatalogOptions()) },
        { EntityKind.Page, () => new PageFold() },
    };

    [Fact]
    public void EventThatConcernsSeveralEntities_IsSentOnce_AndShared()
    {
        var one = new PositionedEvent(9, Event(9));
        _packer.Add(new EntityKey(EntityKind.Product, "p"), new Slice(0, 0, [one]));
        _packer.Add(new EntityKey(EntityKind.Brand, "b"), new Slice(0, 0, [one]));
        var message = _packer.Build();
        Assert.Equal((2, 1), (message.Count, message.EventCount));
        var read = _unpacker.Deliveries(message);
        Assert.Same(read[0].Slice.Events[0].Event, read[1].Slice.Events[0].Event);
    }

    [Fact]
    public void NextMessage_BeginsAfresh()
    {
        _packer.Add(new EntityKey(EntityKind.Product, "p"), new Slice(0, 0, [new PositionedEvent(9, Event(9))]));
        _packer.Build();
        Assert.Equal(0, _packer.ByteCount);
        _packer.Add(new EntityKey(EntityKind.Product, "q"), new Slice(1, 4, [new PositionedEvent(9, Event(10))]));
        var delivery = Assert.Single(_unpacker.Deliveries(_packer.Build()));
        Assert.Equal((1, WithoutUser(new PositionedEvent(9, Event(10))).Event), (delivery.Slice.Partition, delivery.Slice.Events[0].Event));
    }

    [Fact]
    public void EventForAUserAndForOthers_GoesWithAndWithoutTheUser()
    {
        var one = new PositionedEvent(9, Event(9));
        _packer.Add(new EntityKey(EntityKind.Product, "p9"), new Slice(0, 0, [one]));
        _packer.Add(new EntityKey(EntityKind.User, "u9"), new Slice(0, 0, [one]));
        var message = _packer.Build();
        Assert.Equal(2, message.EventCount);
        Assert.Equal([WithoutUser(one), one], _unpacker.Deliveries(message).Select(delivery => delivery.Slice.Events[0]));
    }

    [Fact]
    public void ByteCount_IsWhatTheMessageHas_ButItsHead()
    {
        _packer.Add(new EntityKey(EntityKind.Product, "p"), new Slice(0, 0, [new PositionedEvent(9, Event(9)), new PositionedEvent(10, Event(10))]));
        var counted = _packer.ByteCount;
        var message = _packer.Build();
        Assert.Equal(counted, message.Events.Length - 1 + message.Slices.Length - SlicePacker.HeaderBytes);
    }

    [Fact]
    public void TextsOfManyEvents_AreSentOnce()
    {
        var brand = new string('b', 100);
        _packer.Add(new EntityKey(EntityKind.Brand, brand), new Slice(0, 0, [.. Enumerable.Range(1, 100).Select(number => new PositionedEvent(number, Event(1) with { ProductId = "p", Brand = brand }))]));
        Assert.InRange(_packer.Build().Events.Length, 0, 100 * 50);
    }

    [Fact]
    public void MessageThatIsCut_IsDamaged_AndNeverSomethingElse()
    {
        _packer.Add(new EntityKey(EntityKind.Product, "product"), new Slice(0, 3, [new PositionedEvent(9, Event(9)), new PositionedEvent(10, Event(10))]));
        var whole = _packer.Build();
        for (var length = 0; length < whole.Slices.Length; length++)
        {
            Assert.Throws<DamagedFormatException>(() => _unpacker.Deliveries(whole with { Slices = whole.Slices[..length] }));
        }

        Assert.Throws<DamagedFormatException>(() => _unpacker.Deliveries(whole with { Events = whole.Events[..^1] }));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void MessageWhoseBytesAreChanged_IsReadWithoutHarm_EvenIfTheChecksumIsRight(int seed)
    {
        var random = new Random(seed);
        foreach (var kind in Enum.GetValues<EntityKind>())
        {
            _packer.Add(new EntityKey(kind, $"{kind}"), new Slice(0, 3, [new PositionedEvent(9, Event(9)), new PositionedEvent(10, Event(10))]));
        }

        var whole = _packer.Build();
        for (var round = 0; round < 2_000; round++)
        {
            var (events, slices) = (whole.Events.ToArray(), whole.Slices.ToArray());
            var changed = random.Next(2) == 0 ? events.AsSpan() : slices.AsSpan(SlicePacker.HeaderBytes);
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            BinaryPrimitives.WriteUInt64LittleEndian(slices.AsSpan(1), SlicePacker.Checksum(events, slices));
            try
            {
                Assert.Equal(whole.Count, _unpacker.Deliveries(whole with { Events = events, Slices = slices }).Count);
            }
            catch (DamagedFormatException)
            {
                // Said, which is all that is asked for.
            }
        }
    }

    public static TheoryData<int> Seeds() => [1, 2, 3];

    [Fact]
    public void Flushes_ComeBackAsTheyWere()
    {
        EntityLane[] flushes = [AskingLane.Of(new EntityKey(EntityKind.Page, "/ä"), 3, 7), AskingLane.Of(new EntityKey(EntityKind.User, "u"), 3, long.MaxValue)];
        var message = FlushPacker.Pack(3, flushes);
        Assert.Equal((3, 2), (message.Partition, message.Count));
        Assert.Equal(
            flushes.Select(flush => (flush.Key, flush.Partition, flush.Expected)),
            FlushPacker.Read(message, new EventTexts()).Select(flush => (flush.Key, flush.Partition, flush.Expected)));
    }

    [Fact]
    public void FlushesOfTwoMessages_ShareNothing_AsBothMayBeUnderWay()
    {
        var (product, texts) = (new EntityKey(EntityKind.Product, "p"), new EventTexts());
        var first = Assert.Single(FlushPacker.Read(FlushPacker.Pack(3, [AskingLane.Of(product, 3, 7)]), texts));
        var second = Assert.Single(FlushPacker.Read(FlushPacker.Pack(4, [AskingLane.Of(product, 4, 8)]), texts));
        Assert.Equal((3, 7L), (first.Partition, first.Expected));
        Assert.Equal((4, 8L), (second.Partition, second.Expected));
    }

    private static PositionedEvent WithoutUser(PositionedEvent one) => one with { Event = one.Event with { UserId = "", SessionKey = null } };

    private static byte[] Stored(EntityFold fold)
    {
        var output = new ArrayBufferWriter<byte>();
        fold.WriteTo(output);
        return output.WrittenSpan.ToArray();
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
