using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Lake;

/// <summary>
/// Writes a partition's accepted events into the lake, exactly once. It reads the log again, behind the checkpoint: what it writes is never taken back. The
/// manifest says how far the lake is, and is written last; files of a try that came to nothing are strays and are removed when the next owner begins.
/// </summary>
/// <param name="partition">The partition.</param>
/// <param name="log">The log.</param>
/// <param name="sink">The lake.</param>
/// <param name="options">Limits.</param>
public sealed class LakeWriter(int partition, IEventLog log, ILakeSink sink, LakeOptions options)
{
    private const int ChunkBytes = 1024 * 1024;

    private readonly RentedBlocks _read = new();
    private readonly List<EncodedEvent> _entries = [];

    // What open files have been given: as the log has it, it takes half of what objects would, and nothing of it is garbage.
    private readonly RentedBlocks _rows = new();
    private readonly Dictionary<int, OpenFile> _open = [];
    private readonly List<(long First, long Last)> _lost = [];
    private LakeManifest _manifest = new() { Source = LakeManifest.SourceOf(partition) };
    private string? _etag;
    private int _held;
    private long _tries;

    /// <summary>The lake has all accepted events up to here, as far as it ever will.</summary>
    public long Through => _manifest.Through;

    /// <summary>Records of all kinds that the partition had received when it was at <see cref="Through"/>.</summary>
    public long Received => _manifest.Received;

    /// <summary>Positions that the partition has counted and that the log could not give any more when they were to be written last: the lake lacks them for ever.</summary>
    public IReadOnlyList<(long First, long Last)> Lost => _lost;

    /// <summary>Becomes the one that writes for this partition and removes what its predecessor left unfinished.</summary>
    /// <param name="generation">The owner's generation.</param>
    /// <param name="since">Nothing is known of positions up to here: if the lake does not have them, it never will.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many positions the lake lacks for ever because of that.</returns>
    /// <exception cref="LakeConflictException">A later owner writes already, or a write of before was done late.</exception>
    public async ValueTask<long> OpenAsync(long generation, long since, CancellationToken cancellationToken)
    {
        var stored = await sink.ReadAsync(_manifest.Source, cancellationToken);
        if (stored?.Manifest.Generation > generation)
        {
            throw new LakeConflictException($"owner {stored.Manifest.Generation} of partition {partition} writes to the lake, and this is owner {generation}", isFinal: true);
        }

        var manifest = stored?.Manifest ?? _manifest;
        var lacking = Math.Max(0, since - manifest.Through);
        manifest = manifest with { Generation = generation, Through = manifest.Through + lacking };
        _etag = await sink.WriteAsync(manifest, stored?.ETag, cancellationToken);
        _manifest = manifest;
        await sink.RemoveStraysAsync(LakePaths.Prefix(partition), manifest, cancellationToken);
        return lacking;
    }

    /// <summary>Brings the lake up to a checkpoint.</summary>
    /// <exception cref="LakeConflictException">Somebody else has written; opening it again tells whether that was a later owner.</exception>
    public async ValueTask WriteAsync(LakeImage image, CancellationToken cancellationToken)
    {
        _lost.Clear();
        if (image.Position <= Through)
        {
            return;
        }

        _tries++;
        var files = await PresentFilesAsync(cancellationToken);
        try
        {
            await ReadLogAsync(image, files, cancellationToken);
            await CompleteAsync(image.Position, files, cancellationToken);
        }
        finally
        {
            foreach (var file in _open.Values)
            {
                await file.Writer.DisposeAsync();
            }

            _open.Clear();
            _rows.Release();
            _held = 0;
        }

        var manifest = _manifest with
        {
            Through = image.Position,
            Received = image.Counts.Received,
            Duplicates = image.Counts.Duplicates,
            Rejected = image.Counts.Rejected.ToDictionary(one => one.Key.Name(), one => one.Value),
            Files = files,
        };
        _etag = await sink.WriteAsync(manifest, _etag, cancellationToken);
        _manifest = manifest;
    }

    /// <summary>The files of the manifest, without those that compaction has replaced and removed.</summary>
    private async ValueTask<List<LakeFile>> PresentFilesAsync(CancellationToken cancellationToken)
    {
        var compacted = await sink.ReadAsync(LakeManifest.CompactedSource, cancellationToken);
        var gone = compacted?.Manifest.Replaced.Where(file => file.IsGone).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        return [.. _manifest.Files.Where(file => gone?.Contains(file.Path) != true)];
    }

    private async ValueTask ReadLogAsync(LakeImage image, List<LakeFile> files, CancellationToken cancellationToken)
    {
        var skipped = 0;
        try
        {
            for (var position = Through; position < image.Position;)
            {
                var batches = await log.ReadAsync(partition, position, ChunkBytes, _read, cancellationToken);
                if (batches.Count == 0)
                {
                    throw new InvalidOperationException($"the log of partition {partition} ends at {position}, before its checkpoint at {image.Position}");
                }

                foreach (var batch in batches)
                {
                    Take(batch, position, image, ref skipped);
                    position = batch.LastPosition;
                    if (_held >= options.MaxEventsHeld)
                    {
                        await CompleteAsync(Math.Min(position, image.Position), files, cancellationToken);
                    }
                }

                _read.Release();

                // Between two chunks it is the turn of the partition itself.
                await Task.Yield();
            }
        }
        finally
        {
            _read.Release();
        }
    }

    private void Take(LogBatch batch, long after, LakeImage image, ref int skipped)
    {
        _entries.Clear();
        try
        {
            EventBatchReader.ReadEncoded(batch, after, _entries);
        }
        catch (DamagedFormatException)
        {
            // Its partition has reported it, and counts none of it; or it could still read it.
            if (!Array.Exists(image.Skipped, range => range.First <= batch.LastPosition && range.Last >= batch.LastPosition))
            {
                _lost.Add((batch.FirstPosition, batch.LastPosition));
            }

            return;
        }

        foreach (var entry in _entries)
        {
            while (skipped < image.Skipped.Length && image.Skipped[skipped].Last < entry.Position)
            {
                skipped++;
            }

            var isSkipped = skipped < image.Skipped.Length && image.Skipped[skipped].First <= entry.Position;
            if (!isSkipped && entry.Position <= image.Position)
            {
                Add(entry with { Bytes = _rows.Keep(entry.Bytes.Span) });
            }
        }
    }

    private void Add(in EncodedEvent row)
    {
        var hour = EventTime.Hour(row.TimeMs);
        if (!_open.TryGetValue(hour, out var file))
        {
            var path = LakePaths.Of(hour, partition, row.Position, _manifest.Generation, _tries);
            _open.Add(hour, file = new OpenFile(path, row.Position, sink.Create(path, partition)));
        }

        file.Writer.Add(row);
        file.Rows++;
        _held++;
    }

    private async ValueTask CompleteAsync(long through, List<LakeFile> files, CancellationToken cancellationToken)
    {
        foreach (var (hour, file) in _open.OrderBy(open => open.Key).ToList())
        {
            var bytes = await file.Writer.CompleteAsync(cancellationToken);
            files.Add(new LakeFile(file.Path, file.Rows, bytes, file.From, through));
            _open.Remove(hour);
            await file.Writer.DisposeAsync();
        }

        _rows.Release();
        _held = 0;
    }

    private sealed class OpenFile(string path, long from, ILakeFileWriter writer)
    {
        public string Path => path;

        public long From => from;

        public ILakeFileWriter Writer => writer;

        public long Rows { get; set; }
    }
}
