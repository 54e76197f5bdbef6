using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>Entities whose every answer the test gives.</summary>
internal sealed class ScriptedEntities : IEntityChannel
{
    /// <summary>What an entity says to a slice; by default it is applied at once.</summary>
    public Func<EntityKey, SliceAnswer> Answer { get; set; } = _ => SliceAnswer.Applied;

    /// <summary>Slices in the order they were sent.</summary>
    public List<(EntityKey Entity, Slice Slice)> Slices { get; } = [];

    /// <summary>Entities whose stored state cannot be read.</summary>
    public HashSet<EntityKey> Damaged { get; } = [];

    /// <summary>Flushes that wait for their answer, in the order they were asked for.</summary>
    public List<(EntityKey Entity, long Expected, TaskCompletionSource<FlushAnswer> Answer)> Flushes { get; } = [];

    public ValueTask<SliceAnswer> ApplyAsync(EntityLane lane, Slice slice)
    {
        Slices.Add((lane.Key, slice));
        return new(Damaged.Contains(lane.Key) ? new SliceAnswer(SliceOutcome.Damaged, Detail: "unreadable") : Answer(lane.Key));
    }

    public ValueTask<FlushAnswer> FlushAsync(EntityLane lane, int partition, long expected)
    {
        var answer = new TaskCompletionSource<FlushAnswer>();
        Flushes.Add((lane.Key, expected, answer));
        return new(answer.Task);
    }
}
