using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class DirectChannelTests
{
    private static readonly EntityKey Here = new(EntityKind.User, "here");
    private static readonly EntityKey Away = new(EntityKind.User, "away");

    private readonly LocalEntities _local = new([]);
    private readonly Calls _calls = new();

    [Fact]
    public async Task Delivery_ToAnActivationHere_IsAppliedWithoutACall()
    {
        var entity = new Entity();
        _local.Add(Here, entity);
        var delivery = Delivery(Here, 1);
        var delivering = Channel().DeliverAsync([delivery], 4);
        Assert.True(delivering.IsCompletedSuccessfully);
        await delivering;
        Assert.Equal(SliceOutcome.Applied, delivery.Answer.Outcome);
        Assert.Equal([1L], entity.Applied);
        Assert.Empty(_calls.Applied);
    }

    [Fact]
    public async Task Chunk_ReachesEntitiesHereAndAway()
    {
        var entity = new Entity();
        _local.Add(Here, entity);
        EntityDelivery[] deliveries = [Delivery(Here, 1), Delivery(Away, 2)];
        await Channel().DeliverAsync(deliveries, 4);
        Assert.Equal([1L], entity.Applied);
        Assert.Equal([2L], _calls.Applied);
        Assert.All(deliveries, delivery => Assert.Equal(SliceOutcome.Applied, delivery.Answer.Outcome));
    }

    [Fact]
    public async Task ActivationThatBeginsToGo_IsCalledInstead()
    {
        // It goes between the look at it and the update.
        var entity = new Entity { Goes = true };
        _local.Add(Here, entity);
        var delivery = Delivery(Here, 1);
        await Channel().DeliverAsync([delivery], 4);
        Assert.Equal(SliceOutcome.Applied, delivery.Answer.Outcome);
        var flush = AskingLane.Of(Here, 0, 1);
        await Channel().FlushAsync(0, [flush], 4);
        Assert.Equal(new FlushAnswer(false, 1), flush.Answer);
        Assert.Empty(entity.Applied);
        Assert.Equal([1L], _calls.Applied);
        Assert.Equal([1L], _calls.Flushed);
    }

    [Fact]
    public async Task Lane_FindsTheNewActivation_WhenTheOldOneIsGone()
    {
        var (old, next) = (new Entity(), new Entity());
        var lane = new EntityLane(Here);
        _local.Add(Here, old);
        await Channel().FlushAsync(lane, 0, 5);
        old.Gone = true;
        _local.Add(Here, next);
        Assert.Equal(6, (await Channel().FlushAsync(lane, 0, 6)).Durable);
        Assert.Equal([6L], next.Flushed);
    }

    [Fact]
    public async Task SaveThatFails_FailsTheFlush_AfterAllOthersAreSaved()
    {
        var (bad, good) = (new Entity { Saving = new() }, new Entity { Saving = new() });
        _local.Add(Here, bad);
        _local.Add(Away, good);
        EntityLane[] flushes = [AskingLane.Of(Here, 0, 1), AskingLane.Of(Away, 0, 2)];
        var flushing = Channel().FlushAsync(0, flushes, 4).AsTask();
        bad.Saving.SetException(new IOException("broken"));
        Assert.False(flushing.IsCompleted);
        good.Saving.SetResult(new FlushAnswer(false, 2));
        Assert.Equal("broken", (await Assert.ThrowsAsync<IOException>(() => flushing)).Message);
        Assert.Equal(2, flushes[1].Answer.Durable);

        // Nothing of it is left for those who are saved next.
        (bad.Saving, good.Saving) = (null, null);
        flushes[0].Ask(0, 3);
        flushes[1].Ask(0, 4);
        await Channel().FlushAsync(0, flushes, 1);
        Assert.Equal([3L, 4L], flushes.Select(flush => flush.Answer.Durable));
    }

    [Fact]
    public async Task SecondAnswerToAFlush_IsRefused()
    {
        _local.Add(Here, new Entity());
        var flush = AskingLane.Of(Here, 0, 1);
        await Channel().FlushAsync(0, [flush], 4);
        Assert.Contains("answered already", Assert.Throws<InvalidOperationException>(() => flush.Complete(null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallThatFails_FailsTheChunk()
    {
        var entity = new Entity();
        _local.Add(Here, entity);
        _calls.Failure = new TimeoutException("lost");
        await Assert.ThrowsAsync<TimeoutException>(() => Channel().DeliverAsync([Delivery(Here, 1), Delivery(Away, 2)], 4).AsTask());
        Assert.Equal([1L], entity.Applied);
    }

    [Fact]
    public async Task CallThatFails_FailsTheFlush_AfterAllHereAreSaved()
    {
        var entity = new Entity { Saving = new() };
        _local.Add(Here, entity);
        _calls.Failure = new TimeoutException("lost");
        var flushing = Channel().FlushAsync(0, [AskingLane.Of(Here, 0, 1), AskingLane.Of(Away, 0, 2)], 4).AsTask();
        Assert.False(flushing.IsCompleted);
        entity.Saving.SetResult(new FlushAnswer(false, 1));
        await Assert.ThrowsAsync<TimeoutException>(() => flushing);
    }

    [Fact]
    public void Remove_LeavesTheActivationThatTookItsPlace()
    {
        var (old, next) = (new Entity(), new Entity());
        _local.Add(Here, old);
        _local.Add(Here, next);
        _local.Remove(Here, old);
        Assert.Same(next, _local.Find(Here));
        _local.Remove(Here, next);
        Assert.Null(_local.Find(Here));
    }

    private DirectChannel Channel() => new(_local, _calls);

    private static EntityDelivery Delivery(EntityKey key, long position)
    {
        var lane = new EntityLane(key);
        return new EntityDelivery(
            lane, lane.Send(0, new PositionedEvent(position, new ShopEvent { Id = new EventId(1, (ulong)position), TimeMs = position, Kind = EventKind.View, UserId = key.Key })));
    }

    private sealed class Entity : LocalEntity
    {
        public override bool IsHere => !Gone;

        public bool Gone { get; set; }

        /// <summary>It looks as if it were here, but takes nothing any more.</summary>
        public bool Goes { get; init; }

        public TaskCompletionSource<FlushAnswer>? Saving { get; set; }

        public List<long> Applied { get; } = [];

        public List<long> Flushed { get; } = [];

        public override bool TryApply(int partition, long after, ReadOnlySpan<PositionedEvent> events, out SliceAnswer answer)
        {
            answer = SliceAnswer.Applied;
            if (!Goes)
            {
                Applied.Add(events[^1].Position);
            }

            return !Goes;
        }

        public override bool TryFlush(FlushRequest request)
        {
            if (!Goes)
            {
                Flushed.Add(request.Expected);
                Answer(request);
            }

            return !Goes;
        }

        private async void Answer(FlushRequest request)
        {
            Exception? failure = null;
            try
            {
                request.Said = Saving is null ? new FlushAnswer(false, request.Expected) : await Saving.Task;
            }
            catch (IOException exception)
            {
                failure = exception;
            }

            request.Complete(failure);
        }
    }

    private sealed class Calls : IEntityChannel
    {
        public Exception? Failure { get; set; }

        public List<long> Applied { get; } = [];

        public List<long> Flushed { get; } = [];

        public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice)
        {
            if (Failure is not null)
            {
                throw Failure;
            }

            Applied.Add(slice.Through);
            return new(SliceAnswer.Applied);
        }

        public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected)
        {
            if (Failure is not null)
            {
                throw Failure;
            }

            Flushed.Add(expected);
            return new(new FlushAnswer(false, expected));
        }
    }
}
