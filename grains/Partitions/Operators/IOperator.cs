using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// A deterministic state machine over a partition's accepted events. Its state is a function of the log alone: no clock, no chance, no
/// iteration order of hash tables may show in it, because a replay from a checkpoint must compute the same again.
/// </summary>
public interface IOperator
{
    /// <summary>Counts one accepted event.</summary>
    void OnEvent(in OperatorInput input);

    /// <summary>Lets the processor fetch what the operator will need: see <see cref="Ahead"/>. Changes nothing.</summary>
    /// <param name="next">The event that is counted next, and those that follow.</param>
    void Fetch(ReadOnlySpan<OperatorInput> next)
    {
    }

    /// <summary>Adds the parts of the state that changed since the last capture; what is captured is at the position of the last event.</summary>
    void Capture(OperatorImage image);

    /// <summary>Replaces the whole state by the captured one; parts of other operators are passed over.</summary>
    void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts);
}

/// <summary>An accepted event with what several operators need of it.</summary>
/// <param name="Event">The event.</param>
/// <param name="Position">Its position.</param>
/// <param name="UserHash">64-bit hash of the user id (<see cref="StoredHash"/>).</param>
/// <param name="WatermarkMs">The partition's watermark before this event.</param>
public readonly record struct OperatorInput(ShopEvent Event, long Position, ulong UserHash, long WatermarkMs)
{
    /// <summary>64-bit hash of the session key, 0 if there is none. Computed once: it is looked for three times.</summary>
    public ulong SessionKeyHash { get; } = SessionName.HashOf(Event.SessionKey);

    /// <summary>What is known of the event's texts, if it was read from a log.</summary>
    public EntityTexts Texts { get; init; }
}
