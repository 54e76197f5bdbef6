using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions;

/// <summary>An event and its position in its partition's log. Positions are 64-bit, increase within a partition and start at 1; 0 means "before the first event".</summary>
[GenerateSerializer, Immutable, Alias("positioned-event")]
public readonly record struct PositionedEvent([property: Id(0)] long Position, [property: Id(1)] ShopEvent Event);

/// <summary>
/// The unit of delivery to one entity: all of this entity's events of <see cref="Partition"/> with a position in (after', through],
/// where after' is at most the position the entity has already applied.
/// </summary>
/// <param name="Partition">The log partition the positions belong to.</param>
/// <param name="After">The last position this partition already sent to the entity and does not yet know to be saved; 0 if all is saved.</param>
/// <param name="Events">At least one event, by increasing position.</param>
[GenerateSerializer, Immutable, Alias("slice")]
public sealed record Slice(
    [property: Id(0)] int Partition,
    [property: Id(1)] long After,
    [property: Id(2)] IReadOnlyList<PositionedEvent> Events)
{
    /// <summary>The position up to which the entity is complete once the slice is applied.</summary>
    public long Through => Events[^1].Position;
}

/// <summary>What an entity says to a slice.</summary>
public enum SliceOutcome : byte
{
    /// <summary>Every event of the slice is in the entity's state (folded now, or skipped as already applied).</summary>
    Applied = 0,

    /// <summary>The entity lacks events sent before this slice; nothing was changed; the partition rewinds.</summary>
    Gap = 1,

    /// <summary>An event cannot be folded; nothing at or after it was applied and the activation starts afresh; the partition sets the event aside and rewinds.</summary>
    Poison = 2,

    /// <summary>The entity's stored state cannot be read; nothing was applied; the partition reports the slice's events and goes on.</summary>
    Damaged = 3,
}

/// <summary>The answer to a slice.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="PoisonPosition">The position that cannot be folded, for <see cref="SliceOutcome.Poison"/>.</param>
/// <param name="Detail">Why it cannot be folded.</param>
[GenerateSerializer, Immutable, Alias("slice-answer")]
public readonly record struct SliceAnswer(
    [property: Id(0)] SliceOutcome Outcome,
    [property: Id(1)] long PoisonPosition = 0,
    [property: Id(2)] string? Detail = null)
{
    /// <summary>All applied.</summary>
    public static SliceAnswer Applied => new(SliceOutcome.Applied);

    /// <summary>Events are missing.</summary>
    public static SliceAnswer Gap => new(SliceOutcome.Gap);
}

/// <summary>The answer to a flush.</summary>
/// <param name="IsGap">The entity has applied less than expected: it lost events since; the partition rewinds.</param>
/// <param name="Durable">The position of the partition up to which the entity's events are durably saved.</param>
[GenerateSerializer, Immutable, Alias("flush-answer")]
public readonly record struct FlushAnswer([property: Id(0)] bool IsGap, [property: Id(1)] long Durable)
{
    /// <summary>Events are missing.</summary>
    public static FlushAnswer Gap => new(true, 0);
}
