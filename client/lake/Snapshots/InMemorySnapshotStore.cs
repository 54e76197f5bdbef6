using System.Security.Cryptography;

namespace OrleansAnalytics.Snapshots;

/// <summary>Keeps snapshots in memory. Safe for concurrent use.</summary>
public sealed class InMemorySnapshotStore : ISnapshotStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Period, (PeriodManifest Manifest, Dictionary<string, byte[]> Files)> _snapshots = [];
    private readonly HashSet<PeriodKind> _writing = [];

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<Period, long>> EventsAsync(PeriodKind kind, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            return new(_snapshots.Where(one => one.Key.Kind == kind).ToDictionary(one => one.Key, one => one.Value.Manifest.Events));
        }
    }

    /// <inheritdoc/>
    public ValueTask<PeriodManifest?> FindAsync(Period period, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            return new(_snapshots.TryGetValue(period, out var found) ? found.Manifest : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<Stream?> OpenAsync(Period period, string file, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            return new(_snapshots.TryGetValue(period, out var found) && found.Files.TryGetValue(file, out var bytes) ? new MemoryStream(bytes, writable: false) : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<ISnapshotDraft> BeginAsync(Period period, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            return _writing.Add(period.Kind)
                ? new(new Draft(this, period))
                : throw new IOException($"snapshots of this kind are being written by somebody else: {period.Kind.Name()}");
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> RemoveReplacedAsync(PeriodKind kind, CancellationToken cancellationToken = default) => new(0);

    private sealed class Draft(InMemorySnapshotStore store, Period period) : ISnapshotDraft
    {
        private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);
        private bool _isOver;

        public async ValueTask AddAsync(string file, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default)
        {
            SnapshotFileName.Check(file);
            using var stream = new MemoryStream();
            await write(stream, cancellationToken);
            _files.Add(file, stream.ToArray());
        }

        public ValueTask<PeriodManifest> CompleteAsync(PeriodManifest about, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            lock (store._lock)
            {
                var manifest = about with
                {
                    Version = store._snapshots.TryGetValue(period, out var before) ? before.Manifest.Version + 1 : 1,
                    Files = _files.ToDictionary(file => file.Key, file => new PeriodFile(file.Value.Length, Convert.ToHexStringLower(SHA256.HashData(file.Value)))),
                };
                store._snapshots[period] = (manifest, _files);
                return new(manifest);
            }
        }

        public ValueTask DisposeAsync()
        {
            lock (store._lock)
            {
                if (!_isOver)
                {
                    store._writing.Remove(period.Kind);
                    _isOver = true;
                }
            }

            return ValueTask.CompletedTask;
        }
    }
}
