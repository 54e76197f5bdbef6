using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class FairTurnsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider _time = new();
    private readonly Queue<(Action Action, bool IsOwn)> _waiting = [];
    private readonly FairTurns _turns;

    public FairTurnsTests() => _turns = new FairTurns(_time, Patience, (action, isOwn) => _waiting.Enqueue((action, isOwn)), threads: 2);

    [Fact]
    public void Partitions_go_on_as_long_as_others_get_a_thread_in_time()
    {
        for (var turn = 0; turn < 100; turn++)
        {
            Assert.Null(_turns.OthersFirst());
            _time.Advance(Patience / 2);
            Assert.Null(_turns.OthersFirst());
            Arrive();
        }
    }

    [Fact]
    public void When_others_have_waited_for_too_long_every_partition_stands_still_until_they_had_their_turn()
    {
        Assert.Null(_turns.OthersFirst());
        _time.Advance(Patience);
        var standing = Enumerable.Range(0, 5).Select(_ => _turns.OthersFirst()!).ToList();

        Assert.All(standing, one => Assert.False(one.IsCompleted));
        Arrive();

        Assert.All(standing, one => Assert.True(one.IsCompletedSuccessfully));
        Assert.Null(_turns.OthersFirst());
        Assert.Single(_waiting);
    }

    [Fact]
    public void Those_that_were_under_way_go_on_first_one_on_this_thread_which_takes_what_it_queued_last_and_one_on_another_which_takes_what_was_queued_first()
    {
        Assert.Null(_turns.OthersFirst());
        _time.Advance(Patience);
        var wentOn = new List<int>();
        for (var partition = 0; partition < 5; partition++)
        {
            var it = partition;
            _turns.OthersFirst()!.ContinueWith(_ => wentOn.Add(it), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }

        Arrive();
        Assert.Equal([1, 4, 3, 2, 0], wentOn);
    }

    [Fact]
    public void Who_waits_in_a_threads_own_queue_is_let_go_first_too()
    {
        Assert.Null(_turns.OthersFirst());
        _waiting.Dequeue().Action();
        Assert.True(Assert.Single(_waiting).IsOwn);
        _time.Advance(Patience);

        var standing = _turns.OthersFirst()!;
        _waiting.Dequeue().Action();
        Assert.False(Assert.Single(_waiting).IsOwn);
        Assert.False(standing.IsCompleted);
        _waiting.Dequeue().Action();
        Assert.True(standing.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_chunk_waits_for_its_next_turn_and_goes_on_afterwards()
    {
        var entities = new ScriptedEntities();
        var delivery = new ChunkDelivery(
            0, new PartitionOperators(new OperatorOptions()), new DirtyTable(), new PoisonList(), entities, new InMemoryDeadLetterStore(), new PartitionOptions(), _turns);
        Assert.Null(_turns.OthersFirst());
        _time.Advance(Patience);
        var writer = new EventBatchWriter();
        writer.Add(new ShopEvent { Id = new EventId(1, 1), TimeMs = 1_570_000_000_000, Kind = EventKind.View, UserId = "u", ProductId = "p" });

        var delivered = delivery.DeliverAsync([new LogBatch(1, 1, 0, writer.Build().Bytes)], default).AsTask();

        while (_turns.Standing == 0)
        {
            await Task.Yield();
        }

        Assert.False(delivered.IsCompleted);
        Assert.Equal(2, entities.Slices.Count);
        Walk();
        await delivered;
    }

    [Fact]
    public async Task The_queues_are_those_of_the_thread_pool_if_nothing_else_is_said()
    {
        var turns = new FairTurns(_time, Patience);
        Assert.Null(turns.OthersFirst());
        _time.Advance(Patience);
        await (turns.OthersFirst() ?? Task.CompletedTask);
    }

    private void Arrive()
    {
        Walk();
        Assert.Empty(_waiting);
    }

    /// <summary>The probe goes its whole way.</summary>
    private void Walk()
    {
        for (var step = 0; step < 3; step++)
        {
            Assert.Single(_waiting);
            _waiting.Dequeue().Action();
        }
    }
}
