using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions.Placement;

/// <summary>
/// Which silo is the home of an entity or a partition, as a pure function of the silos: by rendezvous, so everyone who sees the same silos has the same
/// answer without asking. A user's home is that of its partition; every other entity has one of its own.
/// </summary>
public sealed class Homes
{
    private const long PartitionSeed = 0;
    private const int UsualBytes = 512;

    private readonly SiloAddress[] _silos;
    private readonly ulong[] _places;
    private readonly int _partitions;

    /// <summary>The homes among these silos.</summary>
    /// <param name="silos">At least one, in any order.</param>
    /// <param name="partitions">Partitions of the log.</param>
    public Homes(IEnumerable<SiloAddress> silos, int partitions)
    {
        _silos = [.. silos.Order()];
        ArgumentOutOfRangeException.ThrowIfZero(_silos.Length, nameof(silos));

        // By address, port and generation: GetHashCode may differ between processes.
        _places = [.. _silos.Select(silo => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(silo.ToParsableString())))];
        _partitions = partitions;
    }

    /// <summary>The silos, sorted. Homes are indexes in this list.</summary>
    public IReadOnlyList<SiloAddress> Silos => _silos;

    /// <summary>The home of a partition.</summary>
    public int OfPartition(int partition)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, partition);
        return Rendezvous.IndexOf(_places, XxHash64.HashToUInt64(bytes, PartitionSeed));
    }

    /// <summary>The home of an entity.</summary>
    public int Of(EntityKey entity)
    {
        var most = Encoding.UTF8.GetMaxByteCount(entity.Key.Length);
        var rented = most <= UsualBytes ? null : ArrayPool<byte>.Shared.Rent(most);
        var buffer = rented ?? stackalloc byte[UsualBytes];
        var home = Of(entity.Kind, buffer[..Encoding.UTF8.GetBytes(entity.Key, buffer)]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return home;
    }

    /// <summary>The home of an entity's or a partition's grain.</summary>
    public int Of(GrainId grain) =>
        EntityKey.KindOf(grain.Type) is { } kind ? Of(kind, grain.Key.AsSpan()) : OfPartition((int)grain.GetIntegerKey());

    private int Of(EntityKind kind, ReadOnlySpan<byte> keyUtf8) => kind == EntityKind.User
        ? OfPartition(PartitionRouter.PartitionOf(keyUtf8, _partitions))
        : Rendezvous.IndexOf(_places, XxHash64.HashToUInt64(keyUtf8, seed: (long)kind));
}
