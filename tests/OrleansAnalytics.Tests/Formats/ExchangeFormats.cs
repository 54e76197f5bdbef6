using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Exchange;
using OrleansAnalytics.Tests.Partitions;
using OrleansAnalytics.Tests.Partitions.Exchange;
using Xunit;

namespace OrleansAnalytics.Tests.Formats;

/// <summary>What silos send each other in the bytes of their messages.</summary>
internal static class ExchangeFormats
{
    private static readonly PositionedEvent[] Sent = [.. FixtureEvents.Events.Select((one, index) => new PositionedEvent(index + 5, one))];
    private static readonly Slice Slice = new(3, 4, Sent);
    private static readonly EntityKey User = new(EntityKind.User, FixtureEvents.User);

    public static StoredFormat Slices { get; } = new("slice-message", ["SlicePacker.FormatVersion"], WriteSlices, ReadSlices);

    public static StoredFormat Flushes { get; } = new("flush-message", ["FlushPacker.FormatVersion"], WriteFlushes, ReadFlushes);

    private static Task<IReadOnlyList<Piece>> WriteSlices()
    {
        var packer = new SlicePacker();
        packer.Add(User, Slice);
        var message = packer.Build();
        return Task.FromResult<IReadOnlyList<Piece>>([new("events", message.Events.ToArray()), new("slices", message.Slices.ToArray())]);
    }

    private static Task ReadSlices(IReadOnlyList<Piece> pieces)
    {
        var delivery = Assert.Single(new SliceUnpacker(new EventTexts()).Deliveries(new SliceMessage(3, 1, Sent.Length, pieces[0].Bytes, pieces[1].Bytes)));
        Assert.Equal(User, delivery.Lane.Key);
        Assert.Equal((3, 4L), (delivery.Slice.Partition, delivery.Slice.After));
        Assert.Equal(Sent, delivery.Slice.Events);
        return Task.CompletedTask;
    }

    private static Task<IReadOnlyList<Piece>> WriteFlushes() => Task.FromResult<IReadOnlyList<Piece>>(
        [new("flushes", FlushPacker.Pack(3, [AskingLane.Of(User, 3, 1L << 40)]).Flushes.ToArray())]);

    private static Task ReadFlushes(IReadOnlyList<Piece> pieces)
    {
        var flush = Assert.Single(FlushPacker.Read(new FlushMessage(3, 1, pieces[0].Bytes), new EventTexts()));
        Assert.Equal((User, 1L << 40), (flush.Key, flush.Expected));
        return Task.CompletedTask;
    }
}
