using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Lake;

/// <summary>A lake in memory. Safe for concurrent use.</summary>
public sealed class InMemoryLakeSink : ILakeSink
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (byte[] Bytes, string ETag)> _manifests = [];
    private readonly Dictionary<string, PositionedEvent[]> _files = [];
    private long _lastETag;

    /// <summary>The events of all files that manifests name, with their partition.</summary>
    public IReadOnlyList<(int Partition, PositionedEvent Event)> Events()
    {
        lock (_gate)
        {
            return [.. _manifests.Values
                .Select(stored => LakeManifest.FromUtf8(stored.Bytes))
                .SelectMany(manifest => manifest.Files.SelectMany(file => _files[file.Path].Select(one => (PartitionOf(manifest), one))))];
        }
    }

    /// <summary>All files that are there, named by a manifest or not.</summary>
    public IReadOnlyCollection<string> Paths()
    {
        lock (_gate)
        {
            return [.. _files.Keys];
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoredLakeManifest?> ReadAsync(string source, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            return new(_manifests.TryGetValue(source, out var stored) ? new StoredLakeManifest(LakeManifest.FromUtf8(stored.Bytes), stored.ETag) : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<string> WriteAsync(LakeManifest manifest, string? etag, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            if (_manifests.GetValueOrDefault(manifest.Source).ETag != etag)
            {
                throw new LakeConflictException($"the manifest of {manifest.Source} has another ETag");
            }

            var next = (++_lastETag).ToString(System.Globalization.CultureInfo.InvariantCulture);
            _manifests[manifest.Source] = (manifest.ToUtf8(), next);
            return new(next);
        }
    }

    /// <inheritdoc/>
    public ILakeFileWriter Create(string path, int partition) => new Writer(this, path);

    /// <inheritdoc/>
    public ValueTask<int> RemoveStraysAsync(string prefix, LakeManifest manifest, CancellationToken cancellationToken = default)
    {
        lock (_gate)
        {
            var named = manifest.Files.Select(file => file.Path).ToHashSet();
            var strays = _files.Keys.Where(path => path[(path.LastIndexOf('/') + 1)..].StartsWith(prefix, StringComparison.Ordinal) && !named.Contains(path)).ToList();
            strays.ForEach(path => _files.Remove(path));
            return new(strays.Count);
        }
    }

    private static int PartitionOf(LakeManifest manifest) =>
        int.Parse(manifest.Source[(manifest.Source.LastIndexOf('-') + 1)..], System.Globalization.CultureInfo.InvariantCulture);

    private sealed class Writer(InMemoryLakeSink sink, string path) : ILakeFileWriter
    {
        private readonly EventTexts _texts = new(256);
        private readonly List<PositionedEvent> _events = [];

        public void Add(in EncodedEvent encoded) => _events.Add(new PositionedEvent(encoded.Position, encoded.Decode(_texts)));

        public ValueTask<long> CompleteAsync(CancellationToken cancellationToken = default)
        {
            lock (sink._gate)
            {
                sink._files[path] = [.. _events];
            }

            return new(_events.Count * 100L);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
