using Microsoft.Extensions.Logging.Abstractions;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>How long a partition pauses between restarts from its checkpoint.</summary>
public sealed class PartitionPumpBackOffTests
{
    private readonly InMemoryEventLog _log = new(new EventLogOptions { Partitions = 1 }, TimeProvider.System);
    private readonly EntitiesWithoutStorage _entities = new();
    private readonly HastyTime _time = new();

    [Fact]
    public Task While_entities_cannot_be_saved_the_pauses_grow_although_events_are_delivered_and_a_commit_ends_that() => OneAtATime.RunAsync(async () =>
    {
        using var stop = new CancellationTokenSource();
        var pump = new PartitionPump(0, Parts());
        await AppendAsync(1);
        var run = pump.RunAsync(stop.Token);
        await OneAtATime.UntilAsync(() => _time.Pauses.Count >= 9, "nine restarts");
        Assert.Equal([50, 100, 200, 400, 800, 1600, 3200, 5000, 5000], _time.Pauses.Take(9).Select(pause => pause.TotalMilliseconds));

        _entities.Down = false;
        await OneAtATime.UntilAsync(() => pump.Committed == 1, "the commit");
        _time.Pauses.Clear();
        _entities.Down = true;
        await AppendAsync(2);
        await OneAtATime.UntilAsync(() => _time.Pauses.Count >= 2, "the next two restarts");
        Assert.Equal([50, 100], _time.Pauses.Take(2).Select(pause => pause.TotalMilliseconds));
        await stop.CancelAsync();
        await run;
    });

    private PartitionParts Parts() => new(
        _log,
        new InMemoryCheckpointStore(),
        new InMemoryDeadLetterStore(),
        _entities,
        _time,
        new PartitionOptions { CheckpointEvents = 1, CheckpointEvery = HastyTime.Never },
        new OperatorOptions(),
        NullLogger.Instance);

    private async Task AppendAsync(ulong id)
    {
        var writer = new EventBatchWriter();
        writer.Add(new ShopEvent { Id = new EventId(1, id), TimeMs = 1_570_000_000_000, Kind = EventKind.View, UserId = "u", ProductId = "p" });
        await _log.AppendAsync(0, writer.Build());
    }

    /// <summary>Remembers for how long somebody wanted to wait, and lets nobody wait.</summary>
    private sealed class HastyTime : TimeProvider
    {
        public static readonly TimeSpan Never = TimeSpan.FromHours(1);

        public List<TimeSpan> Pauses { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Never || dueTime == Timeout.InfiniteTimeSpan)
            {
                return base.CreateTimer(callback, state, dueTime, period);
            }

            Pauses.Add(dueTime);
            return base.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }

    private sealed class EntitiesWithoutStorage : IEntityChannel
    {
        public bool Down { get; set; } = true;

        public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice) => new(SliceAnswer.Applied);

        public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected) =>
            Down ? throw new IOException("storage is down") : new(new FlushAnswer(IsGap: false, expected));
    }
}
