using System.Globalization;

namespace OrleansAnalytics.Partitions;

/// <summary>Checkpoints that live and die with the process.</summary>
public sealed class InMemoryCheckpointStore : ICheckpointStore
{
    private readonly Dictionary<int, StoredCheckpoint> _stored = [];
    private readonly Lock _lock = new();
    private long _lastETag;

    /// <inheritdoc/>
    public ValueTask<StoredCheckpoint?> ReadAsync(int partition, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return new(_stored.GetValueOrDefault(partition));
        }
    }

    /// <inheritdoc/>
    public ValueTask<string> WriteAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            var before = _stored.GetValueOrDefault(partition);
            if (before?.ETag != etag)
            {
                throw new CheckpointConflictException($"partition {partition}: the checkpoint has ETag {before?.ETag ?? "none"}, not {etag ?? "none"}");
            }

            var parts = before is null ? [] : new Dictionary<string, ReadOnlyMemory<byte>>(before.Parts);
            foreach (var name in write.Removed)
            {
                parts.Remove(name);
            }

            foreach (var (name, part) in write.Changed)
            {
                parts[name] = part.ToArray();
            }

            var written = (++_lastETag).ToString(CultureInfo.InvariantCulture);
            _stored[partition] = new StoredCheckpoint(write.Position, write.Generation, parts, written);
            return new(written);
        }
    }
}
