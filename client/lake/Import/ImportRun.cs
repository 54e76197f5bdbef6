using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.ExceptionServices;
using DuckDB.NET.Data;

namespace OrleansAnalytics.Lake.Import;

/// <summary>The work of one import between the reading of the file and its manifest: all hours, several at a time.</summary>
/// <param name="lake">Where the files go.</param>
/// <param name="options">The limits.</param>
/// <param name="time">The clock.</param>
/// <param name="database">The database.</param>
/// <param name="source">The name of the import.</param>
/// <param name="progress">Told after every hour.</param>
internal sealed class ImportRun(LakeFolder lake, ImportOptions options, TimeProvider time, ImportDatabase database, string source, IProgress<ImportProgress>? progress)
{
    /// <summary>The table of cleaned rows that do not lie in a file of their hour.</summary>
    public const string Staged = "staged";

    private readonly ConcurrentBag<LakeFile> _files = [];
    private readonly long _nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    private long _duplicates;
    private long _done;
    private bool _isStaged;

    /// <summary>The name of the import.</summary>
    public string Source { get; } = source;

    /// <summary>The database.</summary>
    public ImportDatabase Database => database;

    /// <summary>Told how far it is.</summary>
    public IProgress<ImportProgress>? Progress => progress;

    /// <summary>The files that are removed if the import fails; each is noted before it is begun.</summary>
    public ConcurrentBag<string> Written { get; } = [];

    /// <summary>Rows that were the same event as an earlier one.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    /// <summary>The files, by hour.</summary>
    public IReadOnlyList<LakeFile> Files => [.. _files.OrderBy(file => file.Path, StringComparer.Ordinal)];

    /// <summary>Removes what was written if the rest fails.</summary>
    public T Guard<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch
        {
            ImportFolder.Remove(Written);
            throw;
        }
    }

    /// <summary>Writes the rows of a CSV file.</summary>
    /// <param name="columns">What the columns mean.</param>
    /// <param name="buckets">The rows by hour.</param>
    /// <param name="rejections">Takes those that are no events.</param>
    public void Csv(ImportColumns columns, IReadOnlyList<HourBucket> buckets, RejectionList rejections)
    {
        // With producers' ids one event may stand in different hours, so all rows must be seen before the first is written.
        var usual = columns.HasEventIds ? [] : buckets.Where(bucket => bucket.Hour != CsvDivider.QuotedBucket).ToList();
        StageCsv(columns, [.. buckets.Except(usual)]);
        var hours = usual.ToDictionary(bucket => (long)bucket.Hour);
        var staged = FinishStage(rejections);
        EachHour([.. hours.Keys.Union(staged.Keys).Order()], (writer, hour) =>
        {
            var bucket = hours.GetValueOrDefault(hour);
            var parts = new List<string>();
            if (bucket is not null)
            {
                parts.Add(CleanHour(bucket, columns));
            }

            if (staged.ContainsKey(hour))
            {
                parts.Add(StagedHour(hour));
            }

            writer.Load(string.Join(" UNION ALL ", parts), rejections);
            return (bucket?.Rows ?? 0) + staged.GetValueOrDefault(hour);
        }, buckets.Sum(bucket => bucket.Rows));
    }

    /// <summary>Writes the rows of a Parquet file; answers how many there are.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rejections">Takes those that are no events.</param>
    public long Parquet(string path, RejectionList rejections)
    {
        var received = StageParquet(path);
        var staged = FinishStage(rejections);
        EachHour([.. staged.Keys.Order()], (writer, hour) =>
        {
            writer.Load(StagedHour(hour), rejections);
            return staged[hour];
        }, received);
        return received;
    }

    /// <summary>Cleans rows of a CSV file into the table <see cref="Staged"/>.</summary>
    public void StageCsv(ImportColumns columns, IReadOnlyList<HourBucket> buckets)
    {
        foreach (var bucket in buckets)
        {
            Stage(bucket.Hour == CsvDivider.QuotedBucket
                ? CleaningSql.Clean(CleaningSql.ReadQuoted(columns, bucket.Path), columns, isUsual: false, options, _nowMs)
                : CleanHour(bucket, columns));
        }
    }

    /// <summary>Cleans a Parquet file into the table <see cref="Staged"/>; answers how many rows it has.</summary>
    /// <exception cref="InvalidDataException">It cannot be read, or has wrong columns.</exception>
    public long StageParquet(string path)
    {
        try
        {
            return StageReadable(path);
        }
        catch (Exception exception) when (exception is DuckDBException)
        {
            throw new InvalidDataException($"the Parquet cannot be read: {ImportDatabase.FirstLine(exception.Message)}", exception);
        }
    }

    private long StageReadable(string path)
    {
        var names = database.Query($"DESCRIBE SELECT * FROM read_parquet({CleaningSql.Literal(path)}, hive_partitioning = false)", row => row.GetString(0));
        var columns = ImportColumns.Parse(names);
        Stage(CleaningSql.Clean(CleaningSql.ReadParquet(path, names), columns, isUsual: false, options, _nowMs));
        return database.Query($"SELECT count(*) FROM {Staged}", row => row.GetInt64(0))[0];
    }

    /// <summary>Counts what of the staged rows is rejected or a duplicate, and removes the duplicates; answers how many events every hour has.</summary>
    public Dictionary<long, long> FinishStage(RejectionList rejections)
    {
        if (!_isStaged)
        {
            return [];
        }

        HourWriter.Reject(database, Staged, rejections);
        _duplicates += HourWriter.Deduplicate(database, Staged);
        return database.Query(
            $"SELECT strftime(event_time, '%Y%m%d%H')::BIGINT AS hour, count(*) FROM {Staged} WHERE reason IS NULL GROUP BY hour",
            row => (Hour: row.GetInt64(0), Rows: row.GetInt64(1))).ToDictionary(hour => hour.Hour, hour => hour.Rows);
    }

    private string CleanHour(HourBucket bucket, ImportColumns columns) =>
        CleaningSql.Clean(CleaningSql.ReadPlain(columns, bucket.Path), columns, isUsual: true, options, _nowMs);

    private void Stage(string select)
    {
        database.Execute(_isStaged ? $"INSERT INTO {Staged} {select}" : $"CREATE TABLE {Staged} AS {select}");
        _isStaged = true;
    }

    private static string StagedHour(long hour)
    {
        var begin = $"TIMESTAMP '{ImportFolder.DayOf(hour)} {ImportFolder.HourOf(hour)}:00:00'";
        return $"SELECT * FROM {Staged} WHERE reason IS NULL AND event_time >= {begin} AND event_time < {begin} + INTERVAL 1 HOUR";
    }

    /// <summary>Loads and writes hours, each on one thread.</summary>
    private void EachHour(IReadOnlyList<long> hours, Func<HourWriter, long, long> load, long total)
    {
        var next = -1;
        var workers = Math.Max(1, Math.Min(options.Threads, hours.Count));

        // Each worker runs its own statements, so the database's threads beside them would only be in the way.
        database.Execute(string.Create(CultureInfo.InvariantCulture, $"SET GLOBAL threads = {Math.Max(1, options.Threads / workers)}"));
        try
        {
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, (_, state) =>
            {
                using var connection = database.Connect();
                var writer = new HourWriter(connection, lake, Source, Written);
                for (int at; !state.IsExceptional && (at = Interlocked.Increment(ref next)) < hours.Count;)
                {
                    var rows = load(writer, hours[at]);
                    if (writer.Write(hours[at], out var duplicates) is { } file)
                    {
                        _files.Add(file);
                    }

                    Interlocked.Add(ref _duplicates, duplicates);
                    progress?.Report(new ImportProgress(ImportPhase.Writing, Interlocked.Add(ref _done, rows), total));
                }
            });
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }
}
