using Orleans.Services;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>
/// Takes what partitions of other silos send to entities at home on this silo, many entities in one message. One on every silo, addressed by silo. Where an entity
/// really is does not matter: one that is not here is reached from here. Its full name is its address, so it never changes.
/// </summary>
[Alias("IEntityExchange")]
public interface IEntityExchange : IGrainService
{
    /// <summary>Delivers slices; answers when every entity has, in the order of the message.</summary>
    /// <exception cref="Exception">A call failed; others may have arrived or not.</exception>
    [Alias("Apply")]
    ValueTask<SliceAnswer[]> ApplyAsync(SliceMessage message);

    /// <summary>Asks entities to save; answers when every entity has, in the order of the message.</summary>
    /// <exception cref="Exception">A call failed; others may have saved or not.</exception>
    [Alias("Flush")]
    ValueTask<FlushAnswer[]> FlushAsync(FlushMessage message);
}

/// <summary>Slices of one partition for entities of one silo.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Count">Slices; at least 1.</param>
/// <param name="EventCount">Events; at least 1.</param>
/// <param name="Events">The texts and the events, each once, as <see cref="SlicePacker"/> writes them.</param>
/// <param name="Slices">Who gets which of them, as <see cref="SlicePacker"/> writes it.</param>
[GenerateSerializer, Immutable, Alias("slice-message")]
public sealed record SliceMessage(
    [property: Id(0)] int Partition,
    [property: Id(1)] int Count,
    [property: Id(2)] int EventCount,
    [property: Id(3)] ReadOnlyMemory<byte> Events,
    [property: Id(4)] ReadOnlyMemory<byte> Slices);

/// <summary>Flushes of one partition for entities of one silo.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Count">Flushes; at least 1.</param>
/// <param name="Flushes">Who shall save what, as <see cref="FlushPacker"/> writes it.</param>
[GenerateSerializer, Immutable, Alias("flush-message")]
public sealed record FlushMessage(
    [property: Id(0)] int Partition,
    [property: Id(1)] int Count,
    [property: Id(2)] ReadOnlyMemory<byte> Flushes);
