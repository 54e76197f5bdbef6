using System.Globalization;

namespace OrleansAnalytics.Lake;

/// <summary>Writes what files of one hour hold into another one, within the memory of a compaction.</summary>
/// <param name="folder">The lake.</param>
/// <param name="options">Memory and threads.</param>
internal sealed class HourMerge(LakeFolder folder, LakeCompactionOptions options)
{
    /// <summary>How the name of a file begins that was made of others.</summary>
    public const string Prefix = "c-";

    /// <summary>
    /// Rows of a row group: a multiple of the engine's vectors. Files are sorted by user, so a question about one user reads a group of each and leaves the others;
    /// groups a third as large would make files a tenth larger.
    /// </summary>
    public const int RowsOfAGroup = 20_480;

    /// <summary>Puts events of files together into a new one of the lake, sorted by user and time; no manifest names it yet.</summary>
    /// <param name="hour">Its folder: <c>date=2019-10-01/hour=02</c>.</param>
    /// <param name="files">The names of the files.</param>
    /// <param name="where">Which of their rows; <c>true</c> for all.</param>
    /// <param name="now">The clock, for its name.</param>
    public LakeFile Merge(string hour, IEnumerable<string> files, string where, DateTimeOffset now)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{hour}/{Prefix}{now.ToUnixTimeMilliseconds():D15}-{Guid.NewGuid():n}.parquet");
        var rows = Copy(folder.PathOf(path), $"""
            SELECT * EXCLUDE (date, hour) FROM read_parquet({Paths(files)}, hive_partitioning = true) WHERE {where}
            ORDER BY user_id, event_time, log_partition, log_position
            """);
        return new LakeFile(path, rows, new FileInfo(folder.PathOf(path)).Length, 0, 0);
    }

    /// <summary>Writes the answer to a statement as a durable Parquet file; answers its rows.</summary>
    public long Copy(string path, string select)
    {
        using var file = new DurableFile(path);
        var rows = Execute($"COPY ({select}) TO {SqlText.Literal(file.HiddenPath)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {RowsOfAGroup})");
        file.Complete();
        return rows;
    }

    /// <summary>Files as a list for <c>read_parquet</c>.</summary>
    public string Paths(IEnumerable<string> files) => SqlText.List(files.Select(folder.PathOf));

    private long Execute(string sql)
    {
        var spill = Directory.CreateDirectory(CompactionEngine.SpillOf(folder));
        try
        {
            using var engine = new CompactionEngine(options.MemoryBytes, options.Threads, spill.FullName);
            return engine.Execute(sql);
        }
        finally
        {
            spill.Delete(recursive: true);
        }
    }
}
