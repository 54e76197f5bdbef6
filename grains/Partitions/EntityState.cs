using System.Buffers;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>What an entity makes of its events. Pure: no clock, no chance, no I/O; the same events in the same order give the same state.</summary>
public interface IEntityFold : IStoredState
{
    /// <summary>True before the first event.</summary>
    bool IsEmpty { get; }

    /// <summary>Counts one event. Events of one partition come by increasing position, each once; those of several partitions in any order.</summary>
    /// <exception cref="Exception">The event cannot be folded: it is set aside as poison, and the state, which may be half changed, is thrown away.</exception>
    void Fold(ShopEvent shopEvent, long position);
}

/// <summary>What an entity stores, and its own place in the storage: the positions it has applied and its fold, always together.</summary>
/// <param name="fold">An empty fold.</param>
public sealed class EntityState<TFold>(TFold fold) : IStoredState, IGrainState<EntityState<TFold>>
    where TFold : class, IEntityFold
{
    private const byte FormatVersion = 1;

    private AppliedPositions _applied;

    /// <summary>The positions applied, by partition, and which of them are saved.</summary>
    public ref AppliedPositions Applied => ref _applied;

    /// <inheritdoc/>
    public string? ETag { get; set; }

    /// <inheritdoc/>
    public bool RecordExists { get; set; }

    /// <summary>Itself: what is stored is read into it.</summary>
    /// <exception cref="NotSupportedException">It is to be replaced by another.</exception>
    EntityState<TFold>? IGrainState<EntityState<TFold>>.State
    {
        get => this;
        set => throw new NotSupportedException("an entity's state is read in place");
    }

    /// <summary>The fold of all events up to <see cref="Applied"/>.</summary>
    public TFold Fold { get; } = fold;

    /// <inheritdoc/>
    public void WriteTo(IBufferWriter<byte> output)
    {
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        _applied.WriteTo(writer);
        Fold.WriteTo(output);
    }

    /// <inheritdoc/>
    public void ReadFrom(ReadOnlySpan<byte> stored)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "entity state");
        _applied.ReadFrom(ref reader);
        Fold.ReadFrom(reader.Take(reader.Remaining));
    }
}
