using System.Globalization;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>The stored checkpoints: what survives every owner.</summary>
internal sealed class CheckpointRecords(World world)
{
    private readonly StoredCheckpoint?[] _stored = new StoredCheckpoint?[world.Truth.Partitions];
    private long _lastETag;

    /// <summary>True while every request fails.</summary>
    public bool Down { get; set; }

    public long PositionOf(int partition) => _stored[partition]?.Position ?? 0;

    public Task<StoredCheckpoint?> ReadAsync(Silo from, int partition) =>
        world.Request("read of the checkpoint", partition, from, Fault.CheckpointReadFails, Fault.CheckpointReadFails, Down, () => _stored[partition]);

    public Task<string> WriteAsync(Silo from, int partition, string? etag, CheckpointWrite write) =>
        world.Request("checkpoint", partition, from, Fault.CheckpointWriteFails, Fault.CheckpointWriteUnclear, Down, () => Write(partition, etag, write));

    private string Write(int partition, string? etag, CheckpointWrite write)
    {
        var before = _stored[partition];
        if (before?.ETag != etag && !world.Bug.IgnoresCheckpointETags)
        {
            if (world.Bug.StoresPartsOfRefusedCheckpoints && before is not null)
            {
                _stored[partition] = before with { Parts = Merge(before.Parts, write) };
            }

            throw new CheckpointConflictException($"partition {partition} has ETag {before?.ETag ?? "none"}, not {etag ?? "none"}");
        }

        var next = new StoredCheckpoint(
            write.Position,
            write.Generation,
            Merge(before?.Parts ?? new Dictionary<string, ReadOnlyMemory<byte>>(), write),
            (++_lastETag).ToString(CultureInfo.InvariantCulture));
        _stored[partition] = next;
        world.Tell("   partition", partition, "has its checkpoint at", write.Position, "of owner", write.Generation);
        world.Truth.CheckCheckpoint(partition, before?.Position ?? 0, write);
        return next.ETag;
    }

    private static IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Merge(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts, CheckpointWrite write)
    {
        if (write.Changed.Count == 0 && write.Removed.Count == 0)
        {
            return parts;
        }

        var merged = new Dictionary<string, ReadOnlyMemory<byte>>(parts);
        foreach (var name in write.Removed)
        {
            merged.Remove(name);
        }

        foreach (var (name, part) in write.Changed)
        {
            merged[name] = part;
        }

        return merged;
    }
}

/// <summary>The way of one silo to the <see cref="CheckpointRecords"/>.</summary>
internal sealed class SimulatedCheckpointStore(World world, Silo silo) : ICheckpointStore
{
    public async ValueTask<StoredCheckpoint?> ReadAsync(int partition, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return await world.Checkpoints.ReadAsync(silo, partition);
    }

    public async ValueTask<string> WriteAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // A write may arrive after its owner has given up and uses the memory again.
        return await world.Checkpoints.WriteAsync(silo, partition, etag, write.Copy());
    }
}
