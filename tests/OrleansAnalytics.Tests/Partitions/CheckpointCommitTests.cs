using System.Buffers;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class CheckpointCommitTests
{
    private const int Partition = 2;

    private readonly InMemoryCheckpointStore _store = new();
    private readonly DirtyTable _dirty = new();
    private readonly ScriptedEntities _entities = new();
    private readonly CheckpointCommit _commit;

    public CheckpointCommitTests() => _commit = NewOwner();

    [Fact]
    public async Task Nothing_is_committed_before_every_entity_with_an_unsaved_event_has_saved_it()
    {
        await _commit.ClaimAsync(default);
        Deliver("a", 3);
        Deliver("b", 1);
        Deliver("c", 11);
        var committing = _commit.CommitAsync(10, Image(), default);
        Assert.Equal([("b", 1L), ("a", 3L)], _entities.Flushes.Select(one => (one.Entity.Key, one.Expected)));

        Answer("b", 1);
        await AssertNotCommittedAsync();
        Answer("a", 3);
        await committing;
        var stored = await _store.ReadAsync(Partition);
        Assert.Equal((10, 1, 10), (stored!.Position, stored.Generation, _commit.Position));
        Assert.Equal("part", Assert.Single(stored.Parts).Key);
        Assert.Equal(1, _dirty.Count);
        Assert.False(_dirty.IsSavedThrough(11), "c was not asked to save, so it stays in the table");
    }

    [Fact]
    public async Task Events_sent_while_the_flush_is_under_way_hold_back_the_next_checkpoint_and_not_this_one()
    {
        await _commit.ClaimAsync(default);
        var lane = Deliver("a", 3);
        var committing = _commit.CommitAsync(10, Image(), default);
        Assert.Equal(3, lane.Send(12, 12));
        Answer("a", 3);
        await committing;
        Assert.Equal(10, _commit.Position);

        lane.Acknowledge();
        committing = _commit.CommitAsync(12, Image(), default);
        await AssertNotCommittedAsync(after: 10);
        Answer("a", 12);
        await committing;
        Assert.Equal((12, 0), (_commit.Position, _dirty.Count));
    }

    [Fact]
    public async Task A_slice_under_way_is_not_asked_for()
    {
        await _commit.ClaimAsync(default);
        var lane = Deliver("a", 3);
        lane.Send(12, 12);
        var committing = _commit.CommitAsync(10, Image(), default);
        Assert.Equal(3, Assert.Single(_entities.Flushes).Expected);
        Answer("a", 3);
        await committing;
        Assert.Equal(12, lane.FirstUnsaved);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 2)]
    public async Task An_entity_that_lacks_events_makes_the_partition_rewind(bool gap, long durable)
    {
        await _commit.ClaimAsync(default);
        Deliver("a", 3);
        Deliver("b", 4);
        var committing = _commit.CommitAsync(10, Image(), default);
        _entities.Flushes[0].Answer.SetResult(new FlushAnswer(gap, durable));
        Assert.False(committing.IsCompleted, "the other flush is still under way and must not outlive the commit");
        Answer("b", 4);
        await Assert.ThrowsAsync<RewindException>(() => committing);
        await AssertNotCommittedAsync();
    }

    [Fact]
    public async Task A_save_that_failed_commits_nothing()
    {
        await _commit.ClaimAsync(default);
        Deliver("a", 3);
        var committing = _commit.CommitAsync(10, Image(), default);
        _entities.Flushes[0].Answer.SetException(new TimeoutException("storage is down"));
        await Assert.ThrowsAsync<TimeoutException>(() => committing);
        await AssertNotCommittedAsync();
        Assert.False(_dirty.IsSavedThrough(3));
    }

    [Fact]
    public Task No_more_flushes_are_under_way_than_allowed() => OneAtATime.RunAsync(async () =>
    {
        await _commit.ClaimAsync(default);
        for (var i = 0; i < 10; i++)
        {
            Deliver("p" + i, i + 1);
        }

        var committing = _commit.CommitAsync(10, Image(), default);
        var answered = 0;
        while (!committing.IsCompleted)
        {
            await OneAtATime.UntilAsync(() => committing.IsCompleted || _entities.Flushes.Count > answered, "the next flush");
            Assert.InRange(_entities.Flushes.Count - answered, 0, 3);
            if (answered < _entities.Flushes.Count)
            {
                var (_, expected, answer) = _entities.Flushes[answered++];
                answer.SetResult(new FlushAnswer(false, expected));
            }
        }

        await committing;
        Assert.Equal(10, answered);
    });

    [Fact]
    public async Task A_new_owner_goes_on_from_the_checkpoint_and_the_old_one_can_commit_no_more()
    {
        Assert.Null(await _commit.ClaimAsync(default));
        await _commit.CommitAsync(10, Image(), default);
        var heir = NewOwner();
        var stored = await heir.ClaimAsync(default);
        Assert.Equal((10, 10, 2), (stored!.Position, heir.Position, heir.Generation));
        Assert.Equal("part", Assert.Single(stored.Parts).Key);

        await Assert.ThrowsAsync<CheckpointConflictException>(() => _commit.CommitAsync(20, Image(), default));
        Assert.Equal((10, 10L), (_commit.Position, (await _store.ReadAsync(Partition))!.Position));
        await heir.CommitAsync(15, Image(), default);
        Assert.Equal((15, 2L), (heir.Position, (await _store.ReadAsync(Partition))!.Generation));
    }

    [Fact]
    public async Task An_owner_that_goes_back_does_not_take_the_partition_from_its_heir()
    {
        await _commit.ClaimAsync(default);
        await _commit.ClaimAsync(default);
        var heir = NewOwner();
        await heir.ClaimAsync(default);
        await Assert.ThrowsAsync<CheckpointConflictException>(() => _commit.ClaimAsync(default).AsTask());
        await heir.CommitAsync(15, Image(), default);
    }

    [Fact]
    public async Task A_claim_of_its_own_that_was_written_although_it_failed_is_not_taken_for_anothers()
    {
        var store = new UnclearStore(_store);
        var owner = new CheckpointCommit(Partition, store, _dirty, _entities, new PartitionOptions());
        await owner.ClaimAsync(default);
        foreach (var isWritten in new[] { true, false, false, true, true })
        {
            store.Fails = isWritten;
            await Assert.ThrowsAsync<IOException>(() => owner.ClaimAsync(default).AsTask());
        }

        store.Fails = null;
        await owner.ClaimAsync(default);
        await owner.CommitAsync(10, Image(), default);
        Assert.Equal(5, (await _store.ReadAsync(Partition))!.Generation);
    }

    private CheckpointCommit NewOwner() => new(Partition, _store, _dirty, _entities, new PartitionOptions { MaxFlushesInFlight = 3 });

    private EntityLane Deliver(string entity, long position)
    {
        var lane = _dirty.Lane(new EntityKey(EntityKind.Product, entity));
        lane.Send(position, position);
        lane.Acknowledge();
        return lane;
    }

    private void Answer(string entity, long durable) =>
        _entities.Flushes.Last(one => one.Entity.Key == entity).Answer.SetResult(new FlushAnswer(false, durable));

    private async Task AssertNotCommittedAsync(long after = 0)
    {
        Assert.Equal(after, _commit.Position);
        Assert.Equal(after, (await _store.ReadAsync(Partition))!.Position);
    }

    private static OperatorImage Image()
    {
        var image = new OperatorImage();
        image.Put("part", output => output.Write<byte>([1]));
        return image;
    }

    private sealed class UnclearStore(ICheckpointStore inner) : ICheckpointStore
    {
        /// <summary>Whether a write that fails has been written; null while none fails.</summary>
        public bool? Fails { get; set; }

        public ValueTask<StoredCheckpoint?> ReadAsync(int partition, CancellationToken cancellationToken = default) => inner.ReadAsync(partition, cancellationToken);

        public async ValueTask<string> WriteAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken = default)
        {
            var written = Fails == false ? "" : await inner.WriteAsync(partition, etag, write, cancellationToken);
            return Fails is null ? written : throw new IOException("the answer was lost");
        }
    }
}
