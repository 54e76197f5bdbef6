using DuckDB.NET.Data;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Lake.Backfill;

/// <summary>
/// Takes what was imported out of a lake, hour by hour, for whoever sends it through the log, from where the partitions write it into the lake again. At no moment the
/// manifests name an event of an import that may have been sent; and whatever happens, what is left can be gone on with
/// (<c>grains/decisions/0021-a-backfill-moves-hours.md</c>). One process at a time; imports, compactions and the writers of a running node may work beside it.
/// </summary>
public sealed class LakeBackfill : IDisposable
{
    private readonly LakeFolder _lake;
    private readonly LakeCompactionOptions _options;
    private readonly TimeProvider _time;
    private readonly BackfillFolder _folder;

    private LakeBackfill(LakeFolder lake, LakeCompactionOptions options, TimeProvider time, BackfillFolder folder) =>
        (_lake, _options, _time, _folder) = (lake, options, time, folder);

    /// <summary>Begins, or goes on.</summary>
    /// <param name="lake">The lake.</param>
    /// <param name="options">Memory and threads of what is rewritten.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="IOException">Another backfill of the lake is running, or it cannot be written.</exception>
    public static LakeBackfill Open(LakeFolder lake, LakeCompactionOptions options, TimeProvider time) => new(lake, options, time, BackfillFolder.Take(lake));

    /// <summary>The hour that was under way when a backfill ended before its time; null if there is none. It comes before all others.</summary>
    /// <exception cref="LakeBusyException">A compaction is under way.</exception>
    public BackfillHour? Resume()
    {
        if (_folder.Read() is not { } hour)
        {
            return null;
        }

        if (!hour.IsTaken)
        {
            using var compacted = CompactedFiles.Take(_lake);
            if (!IsTaken(hour, compacted.Manifest))
            {
                // Nothing of it was sent, and the lake still has it.
                _folder.Clear();
                return null;
            }

            hour = hour with { IsTaken = true };
            _folder.Write(hour);
        }

        Forget(hour);
        return hour;
    }

    /// <summary>The hours that imports still have, in order, as folders: <c>date=2019-10-01/hour=02</c>.</summary>
    /// <param name="sources">The imports.</param>
    /// <param name="from">The first day; null for all.</param>
    /// <param name="to">The day after the last one; null for all.</param>
    public IReadOnlyList<string> Hours(IReadOnlySet<string> sources, DateOnly? from, DateOnly? to) => [.. _lake.Read()
        .Where(manifest => sources.Contains(manifest.Source))
        .SelectMany(manifest => manifest.Files)
        .Select(FolderOf)
        .Distinct()
        .Where(hour => DayOf(hour) >= (from ?? DateOnly.MinValue) && (to is null || DayOf(hour) < to))
        .Order(StringComparer.Ordinal)];

    /// <summary>Takes an hour out of the lake. Its events are kept aside until <see cref="Finish"/>.</summary>
    /// <returns>The hour; null if the lake has nothing of it any more.</returns>
    /// <exception cref="InvalidDataException">It was compacted together with an import that is not asked for.</exception>
    /// <exception cref="LakeBusyException">A compaction is under way; nothing was taken.</exception>
    /// <exception cref="IOException">The disk is full; nothing was taken.</exception>
    public BackfillHour? Take(string folder, IReadOnlySet<string> sources)
    {
        using var compacted = CompactedFiles.Take(_lake);
        var manifests = _lake.Read();
        var live = LakeManifest.FilesOf(manifests).Where(file => FolderOf(file) == folder).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var imports = manifests.Where(manifest => IsImport(manifest.Source) && manifest.Files.Any(file => FolderOf(file) == folder)).ToList();
        var asked = imports.Where(manifest => sources.Contains(manifest.Source)).ToList();
        var files = asked.SelectMany(manifest => manifest.Files).Where(file => FolderOf(file) == folder).Select(file => file.Path).ToList();
        var mixed = files.All(live.Contains) ? [] : compacted.Manifest.Files.Select(file => file.Path).Where(path => live.Contains(path) && FolderOf(path) == folder).ToList();
        if (mixed.Count > 0 && imports.Except(asked).Where(manifest => manifest.Files.Any(file => FolderOf(file) == folder && !live.Contains(file.Path))).ToList() is { Count: > 0 } others)
        {
            throw new InvalidDataException($"{folder} was compacted together with {string.Join(", ", others.Select(manifest => manifest.Source))}; backfill these together");
        }

        asked.ForEach(_folder.Keep);
        var since = _time.GetUtcNow().ToUnixTimeMilliseconds();
        List<string> read = [.. files.Where(live.Contains), .. mixed];
        var merge = new HourMerge(_lake, _options);
        var rows = read.Count == 0 ? 0 : merge.Copy(_folder.Events, BackfillSql.Select(merge.Paths(read)));
        var hour = new BackfillHour { Folder = folder, Files = files, Since = since, Rows = rows };
        var rest = mixed.Count == 0 ? null : merge.Merge(folder, mixed, "log_partition IS NOT NULL", _time.GetUtcNow());
        _folder.Write(hour);
        compacted.Replace([.. files, .. mixed], rest is { Rows: > 0 } ? rest : null, since);
        hour = hour with { IsTaken = true };
        _folder.Write(hour);
        Forget(hour);
        if (rows > 0)
        {
            return hour;
        }

        _folder.Clear();
        return null;
    }

    /// <summary>The events of an hour that are not acknowledged yet, in the order in which they happened.</summary>
    public IEnumerable<BackfillEvent> Events(BackfillHour hour)
    {
        using var database = new DuckDBConnection("DataSource=:memory:");
        database.Open();
        using var command = database.CreateCommand();
        command.UseStreamingMode = true;
        command.CommandText = BackfillSql.Rows(_folder.Events, hour.Sent);
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
            yield return new BackfillEvent(
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)), EventKinds.All.First(kind => kind.Name() == reader.GetString(1)), reader.GetString(2), Text(3), Text(4),
                Text(5), Text(6), Text(7), reader.GetDecimal(8), reader.GetInt32(9), Text(10), reader.GetInt64(11), Text(12));
        }
    }

    /// <summary>Notes durably that the log has so many events of the hour, from its first.</summary>
    public BackfillHour Acknowledge(BackfillHour hour, long sent)
    {
        hour = hour with { Sent = sent };
        _folder.Write(hour);
        return hour;
    }

    /// <summary>The log has all events of the hour: they are not kept any longer.</summary>
    public void Finish() => _folder.Clear();

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    /// <summary>Whether a source is an import.</summary>
    public static bool IsImport(string source) => source.StartsWith(Import.ImportSource.Prefix, StringComparison.Ordinal);

    // Compaction may have replaced the same files meanwhile, but at another time.
    private static bool IsTaken(BackfillHour hour, LakeManifest compacted) =>
        hour.Files.Any(file => compacted.Replaced.Any(replaced => replaced.Path == file && replaced.Since == hour.Since));

    private static string FolderOf(LakeFile file) => FolderOf(file.Path);

    private static string FolderOf(string path) => path[..path.LastIndexOf('/')];

    private static DateOnly DayOf(string folder) => DateOnly.ParseExact(folder.AsSpan("date=".Length, "2019-10-01".Length), "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// Takes the hour's files out of the manifests of the imports. A manifest stays when it has no file left: the same content imported again is to change nothing. What
    /// it counted besides is then kept beside it only, since the counts of the partitions go on without.
    /// </summary>
    private void Forget(BackfillHour hour)
    {
        var taken = hour.Files.ToHashSet(StringComparer.Ordinal);
        foreach (var manifest in _lake.Read().Where(manifest => IsImport(manifest.Source) && manifest.Files.Any(file => taken.Contains(file.Path))))
        {
            var left = manifest.Files.Where(file => !taken.Contains(file.Path)).ToList();
            var rows = manifest.Files.Sum(file => file.Rows) - left.Sum(file => file.Rows);
            var next = left.Count == 0
                ? new LakeManifest { Source = manifest.Source }
                : manifest with { Files = left, Received = manifest.Received - rows };
            DurableFile.Write(_lake.PathOfManifest(manifest.Source), next.ToUtf8());
        }
    }
}
