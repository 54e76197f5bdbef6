using System.Buffers;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// What an entity makes of its events. Pure: no clock, no chance, no I/O; the same events in the same order give the same state. A class, because an interface of several
/// implementations costs a look-up for each call.
/// </summary>
public abstract class EntityFold : IStoredState
{
    /// <summary>True before the first event.</summary>
    public abstract bool IsEmpty { get; }

    /// <summary>Counts one event. Events of one partition come by increasing position, each once; those of several partitions in any order.</summary>
    /// <exception cref="Exception">The event cannot be folded: it is set aside as poison, and the state, which may be half changed, is thrown away.</exception>
    public abstract void Fold(ShopEvent shopEvent, long position);

    /// <inheritdoc/>
    public abstract void WriteTo(IBufferWriter<byte> output);

    /// <inheritdoc/>
    public abstract void ReadFrom(ReadOnlySpan<byte> stored);

    /// <summary>Lets the processor fetch what the next event needs of the memory behind the fold: see <see cref="Ahead"/>. Changes nothing.</summary>
    /// <param name="step">0 for what the fold refers to, 1 for what that refers to.</param>
    public virtual void Fetch(int step)
    {
    }
}
