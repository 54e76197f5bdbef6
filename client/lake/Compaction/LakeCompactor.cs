using System.Globalization;
using DuckDB.NET.Data;

namespace OrleansAnalytics.Lake;

/// <summary>What a compaction has done.</summary>
/// <param name="Hours">Hours whose files were put together.</param>
/// <param name="FilesBefore">Files that were put together.</param>
/// <param name="FilesDropped">Files of days that are kept no longer.</param>
/// <param name="FilesRemoved">Files replaced earlier that were removed now.</param>
public sealed record CompactionResult(int Hours, int FilesBefore, int FilesDropped, int FilesRemoved);

/// <summary>
/// Puts the small files of an hour together into one, sorted by user and time, beside readers and writers: the new file is written first, then one manifest says
/// at once that it stands for the old ones, and these are removed a while later. At every moment the manifests name every event once.
/// </summary>
/// <param name="folder">The lake. One compaction at a time, which a lock file sees to.</param>
/// <param name="options">When and how.</param>
/// <param name="time">The clock that says how long a replaced file has been there.</param>
public sealed class LakeCompactor(LakeFolder folder, LakeCompactionOptions options, TimeProvider time)
{
    private const string Prefix = "c-";
    private const int RowsOfAGroup = 122_880;

    /// <summary>Compacts what is due.</summary>
    /// <param name="progress">Told the hours done and all hours; null if nobody looks.</param>
    /// <param name="cancellationToken">Stops between two hours; what is done by then stays.</param>
    /// <exception cref="IOException">Another compaction is under way, or the folder cannot be written.</exception>
    public CompactionResult Run(IProgress<(int Done, int All)>? progress = null, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(folder.Manifests))
        {
            return new CompactionResult(0, 0, 0, 0);
        }

        using var alone = LockFile();
        RemoveStrays();
        var plan = CompactionPlan.Of(folder.Read(), options);
        if (plan.Dropped.Count > 0)
        {
            Replace(plan.Dropped, null);
        }

        var (hours, files) = (0, 0);
        foreach (var hour in plan.Hours)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                break;
            }

            Replace(hour.Files, Merge(hour));
            (hours, files) = (hours + 1, files + hour.Files.Count);
            progress?.Report((hours, plan.Hours.Count));
        }

        return new CompactionResult(hours, files, plan.Dropped.Count, RemoveReplaced());
    }

    private FileStream LockFile()
    {
        try
        {
            return new FileStream(Path.Combine(folder.Manifests, ".compaction.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException($"the lake {folder.Root} is being compacted by another process", exception);
        }
    }

    private LakeFile Merge(CompactionPlan.Hour hour)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{Prefix}{time.GetUtcNow().ToUnixTimeMilliseconds():D15}-{Guid.NewGuid():n}.parquet");
        var path = $"{hour.Folder}/{name}";
        using var file = new DurableFile(folder.PathOf(path));
        var spill = Directory.CreateDirectory(Path.Combine(folder.Root, ".compaction"));
        try
        {
            using var database = new DuckDBConnection("DataSource=:memory:");
            database.Open();
            Execute(database, string.Create(CultureInfo.InvariantCulture, $"""
                SET TimeZone = 'UTC';
                SET threads = {options.Threads};
                SET memory_limit = '{options.MemoryBytes}B';
                SET temp_directory = {Literal(spill.FullName)};
                """));
            var rows = Execute(database, $"""
                COPY (
                    SELECT * EXCLUDE (date, hour) FROM read_parquet([{string.Join(", ", hour.Files.Select(one => Literal(folder.PathOf(one))))}], hive_partitioning = true)
                    ORDER BY user_id, event_time, log_partition, log_position
                ) TO {Literal(file.HiddenPath)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {RowsOfAGroup})
                """);
            if (rows != hour.Files.Sum(one => one.Rows))
            {
                throw new InvalidDataException($"{hour.Folder} has {rows} rows instead of the {hour.Files.Sum(one => one.Rows)} that the manifests name");
            }

            file.Complete();
            return new LakeFile(path, rows, new FileInfo(folder.PathOf(path)).Length, 0, 0);
        }
        finally
        {
            spill.Delete(recursive: true);
        }
    }

    /// <summary>Says, at one moment for all readers, that one file stands for others.</summary>
    private void Replace(IReadOnlyList<LakeFile> old, LakeFile? by)
    {
        var compacted = Compacted();
        var oldPaths = old.Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var since = time.GetUtcNow().ToUnixTimeMilliseconds();
        Write(compacted with
        {
            Files = [.. compacted.Files.Where(file => !oldPaths.Contains(file.Path)), .. by is null ? Array.Empty<LakeFile>() : [by]],
            Replaced = [.. compacted.Replaced, .. oldPaths.Select(path => new ReplacedFile(path, since, IsGone: false))],
        });
    }

    /// <summary>Removes replaced files that no reader can want any more, and forgets those that no manifest names any more.</summary>
    private int RemoveReplaced()
    {
        var compacted = Compacted();
        var named = folder.Read().Where(manifest => manifest.Source != LakeManifest.CompactedSource).SelectMany(manifest => manifest.Files).Select(file => file.Path).ToHashSet(StringComparer.Ordinal);
        var before = time.GetUtcNow().ToUnixTimeMilliseconds() - (long)options.KeepReplaced.TotalMilliseconds;
        var removed = 0;
        var replaced = new List<ReplacedFile>();
        foreach (var file in compacted.Replaced)
        {
            var isGone = file.IsGone;
            if (!isGone && file.Since <= before)
            {
                File.Delete(folder.PathOf(file.Path));
                (isGone, removed) = (true, removed + 1);
            }

            if (!isGone || named.Contains(file.Path))
            {
                replaced.Add(file with { IsGone = isGone });
            }
        }

        if (removed > 0 || replaced.Count != compacted.Replaced.Count)
        {
            Write(compacted with { Replaced = replaced });
        }

        return removed;
    }

    /// <summary>Files of a compaction that died before its manifest named them.</summary>
    private void RemoveStrays()
    {
        if (!Directory.Exists(folder.Events))
        {
            return;
        }

        var compacted = Compacted();
        var named = compacted.Files.Select(file => folder.PathOf(file.Path)).Concat(compacted.Replaced.Select(file => folder.PathOf(file.Path))).ToHashSet(StringComparer.Ordinal);
        foreach (var pattern in (string[])[Prefix + "*", DurableFile.HiddenName(Prefix) + "*"])
        {
            foreach (var file in Directory.EnumerateFiles(folder.Events, pattern, SearchOption.AllDirectories).Where(file => !named.Contains(file)).ToList())
            {
                File.Delete(file);
            }
        }
    }

    private LakeManifest Compacted() => folder.Read(LakeManifest.CompactedSource) ?? new LakeManifest { Source = LakeManifest.CompactedSource };

    private void Write(LakeManifest manifest) => DurableFile.Write(folder.PathOfManifest(manifest.Source), manifest.ToUtf8());

    private static long Execute(DuckDBConnection database, string sql)
    {
        using var command = database.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    private static string Literal(string text) => "'" + text.Replace("'", "''", StringComparison.Ordinal) + "'";
}
