using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class LocalTurnChannelTests
{
    private static readonly EntityKey Here = new(EntityKind.User, "here");
    private static readonly EntityKey Away = new(EntityKind.User, "away");

    private readonly LocalEntities _local = new();
    private readonly Calls _calls = new();

    [Fact]
    public async Task Delivery_IsAnsweredOnlyAfterItsTurnRan()
    {
        var entity = new QueuedEntity();
        _local.Add(Here, entity);
        var delivery = Delivery(Here, 1);
        var delivering = Channel().DeliverAsync([delivery], 4).AsTask();
        Assert.False(delivering.IsCompleted);
        Assert.Empty(entity.Applied);

        entity.RunTurns();
        await delivering;
        Assert.Equal(SliceOutcome.Applied, delivery.Answer.Outcome);
        Assert.Equal([1L], entity.Applied);
        Assert.Empty(_calls.Applied);
    }

    [Fact]
    public async Task Chunk_WaitsForTurnsAndCalls()
    {
        var entity = new QueuedEntity();
        _local.Add(Here, entity);
        EntityDelivery[] deliveries = [Delivery(Here, 1), Delivery(Away, 2)];
        var delivering = Channel().DeliverAsync(deliveries, 4).AsTask();
        Assert.Equal([2L], _calls.Applied);
        Assert.False(delivering.IsCompleted);
        entity.RunTurns();
        await delivering;
        Assert.All(deliveries, delivery => Assert.Equal(SliceOutcome.Applied, delivery.Answer.Outcome));
    }

    [Fact]
    public async Task Turn_OfAnActivationThatIsGoing_BecomesACall()
    {
        var entity = new QueuedEntity();
        _local.Add(Here, entity);
        var delivering = Channel().DeliverAsync([Delivery(Here, 1)], 4).AsTask();
        var flushing = Channel().FlushAsync(new EntityLane(Here), 0, 1).AsTask();
        entity.IsHere = false;
        entity.RunTurns();
        await delivering;
        Assert.Equal(new FlushAnswer(false, 1), await flushing);
        Assert.Empty(entity.Applied);
        Assert.Equal([1L], _calls.Applied);
        Assert.Equal([1L], _calls.Flushed);
    }

    [Fact]
    public async Task Lane_FindsTheNewActivation_WhenTheOldOneIsGone()
    {
        var (old, next) = (new QueuedEntity(), new QueuedEntity());
        var lane = new EntityLane(Here);
        _local.Add(Here, old);
        var first = Channel().FlushAsync(lane, 0, 5).AsTask();
        old.RunTurns();
        await first;
        old.IsHere = false;
        _local.Add(Here, next);
        var second = Channel().FlushAsync(lane, 0, 6).AsTask();
        next.RunTurns();
        Assert.Equal(6, (await second).Durable);
        Assert.Equal([6L], next.Flushed);
    }

    [Fact]
    public async Task TurnThatFails_FailsTheChunk_AfterAllOthersRan()
    {
        var (bad, good) = (new QueuedEntity { Failure = new InvalidOperationException("broken") }, new QueuedEntity());
        _local.Add(Here, bad);
        _local.Add(Away, good);
        var delivering = Channel().DeliverAsync([Delivery(Here, 1), Delivery(Away, 2)], 4).AsTask();
        bad.RunTurns();
        Assert.False(delivering.IsCompleted);
        good.RunTurns();
        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => delivering)).Message);
    }

    [Fact]
    public async Task CallThatFails_FailsTheChunk_AfterAllTurnsRan()
    {
        var entity = new QueuedEntity();
        _local.Add(Here, entity);
        _calls.Failure = new TimeoutException("lost");
        var delivering = Channel().DeliverAsync([Delivery(Here, 1), Delivery(Away, 2)], 4).AsTask();
        Assert.False(delivering.IsCompleted);
        entity.RunTurns();
        await Assert.ThrowsAsync<TimeoutException>(() => delivering);
        Assert.Equal([1L], entity.Applied);
    }

    [Fact]
    public void Remove_LeavesTheActivationThatTookItsPlace()
    {
        var (old, next) = (new QueuedEntity(), new QueuedEntity());
        _local.Add(Here, old);
        _local.Add(Here, next);
        _local.Remove(Here, old);
        Assert.Same(next, _local.Find(Here));
        _local.Remove(Here, next);
        Assert.Null(_local.Find(Here));
    }

    private LocalTurnChannel Channel() => new(_local, _calls);

    private static EntityDelivery Delivery(EntityKey key, long position)
    {
        var lane = new EntityLane(key);
        lane.Enqueue(position, new ShopEvent { Id = new EventId(1, (ulong)position), TimeMs = position, Kind = EventKind.View, UserId = key.Key });
        return new EntityDelivery(lane, lane.Send(0));
    }

    private sealed class QueuedEntity : ILocalEntity
    {
        private readonly Queue<(Action<object> Turn, object State)> _turns = new();

        public bool IsHere { get; set; } = true;

        public Exception? Failure { get; init; }

        public List<long> Applied { get; } = [];

        public List<long> Flushed { get; } = [];

        public void Enqueue(Action<object> turn, object state) => _turns.Enqueue((turn, state));

        public SliceAnswer Apply(Slice slice)
        {
            if (Failure is not null)
            {
                throw Failure;
            }

            Applied.Add(slice.Through);
            return SliceAnswer.Applied;
        }

        public ValueTask<FlushAnswer> FlushAsync(int partition, long expected)
        {
            Flushed.Add(expected);
            return new(new FlushAnswer(false, expected));
        }

        public void RunTurns()
        {
            while (_turns.TryDequeue(out var turn))
            {
                turn.Turn(turn.State);
            }
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
            Flushed.Add(expected);
            return new(new FlushAnswer(false, expected));
        }
    }
}
