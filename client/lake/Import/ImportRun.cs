using DuckDB.NET.Data;

namespace OrleansAnalytics.Lake.Import;

/// <summary>The work of one import before its files become part of the lake.</summary>
/// <param name="folder">Where everything is until then.</param>
/// <param name="options">The limits.</param>
/// <param name="time">The clock.</param>
/// <param name="database">The database.</param>
/// <param name="progress">Told now and then.</param>
internal sealed class ImportRun(ImportFolder folder, ImportOptions options, TimeProvider time, ImportDatabase database, IProgress<ImportProgress>? progress)
{
    /// <summary>The table of cleaned rows whose hour is not known from outside, or that must be seen together.</summary>
    public const string Staged = "staged";

    private readonly long _nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
    private readonly Dictionary<long, HourResult> _results = [];
    private long _stagedDuplicates;
    private long _done;
    private bool _isStaged;

    /// <summary>The database.</summary>
    public ImportDatabase Database => database;

    /// <summary>Rows that were the same event as an earlier one.</summary>
    public long Duplicates => _stagedDuplicates + _results.Values.Sum(result => result.Duplicates);

    /// <summary>What became of the hours, in order.</summary>
    public IReadOnlyList<HourResult> Hours => [.. _results.Values.OrderBy(result => result.Hour)];

    /// <summary>What an hour may take in memory outside the database: a handful are there at the same time, and reading has a quarter of all memory.</summary>
    private int HourBytes => (int)Math.Min(1 << 30, options.MemoryLimitBytes / 64);

    /// <summary>Works on a CSV file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="rejections">Takes the rows that are no events.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The number of rows, and the name of the import.</returns>
    /// <exception cref="InvalidDataException">The file is empty, cut, damaged, or has wrong columns.</exception>
    public (long Received, string Name) Csv(ImportSource source, RejectionList rejections, CancellationToken cancellationToken)
    {
        using var reading = CsvReading.Open(source, options);
        var columns = reading.Columns;
        using var complete = StartQueue(cancellationToken);

        // With producers' ids one event may stand in different hours, so all rows must be seen before the first is written.
        Action<HourBucket>? give = columns.HasEventIds ? null : bucket => complete.Add(writer => Write(writer, bucket, columns, isStaged: false, rejections));
        using var buckets = new HourBuckets(folder.Buckets, HourBytes, give);
        var divider = new CsvDivider(columns, new PlainLine(columns, options, _nowMs), buckets, rejections);
        var name = reading.Divide(divider, progress, cancellationToken);
        Take(complete.Finish());

        StageCsv(columns, [.. buckets.All.Where(bucket => columns.HasEventIds || bucket.Hour == CsvDivider.NoHour)]);
        var staged = FinishStage(rejections);
        var left = columns.HasEventIds ? [] : buckets.All.Where(bucket => bucket.Hour != CsvDivider.NoHour).ToList();
        var again = buckets.Late.Concat(staged.Keys.Select(hour => (int)hour).Where(buckets.Completed.Contains)).ToHashSet();
        using var repeated = Again(source, columns, again, cancellationToken);
        WriteHours([.. left, .. repeated.All], columns, staged, rejections, cancellationToken);
        CountRejections(rejections);
        return (divider.Received, name);
    }

    /// <summary>Works on a Parquet file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rejections">Takes the rows that are no events.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The number of rows.</returns>
    /// <exception cref="InvalidDataException">It cannot be read, or has wrong columns.</exception>
    public long Parquet(string path, RejectionList rejections, CancellationToken cancellationToken)
    {
        var received = StageParquet(path);
        WriteHours([], null, FinishStage(rejections), rejections, cancellationToken);
        CountRejections(rejections);
        return received;
    }

    /// <summary>Cleans rows of a CSV file into the table <see cref="Staged"/>.</summary>
    public void StageCsv(ImportColumns columns, IReadOnlyList<HourBucket> buckets)
    {
        using var plain = database.TableOfRows();
        foreach (var bucket in buckets)
        {
            using var rows = new StoredRows(bucket.Plain);
            plain.Source = rows;
            foreach (var part in Parts(bucket, columns, plain))
            {
                Stage(part);
            }

            bucket.Remove();
        }
    }

    /// <summary>Cleans a Parquet file into the table <see cref="Staged"/>; answers how many rows it has.</summary>
    /// <exception cref="InvalidDataException">It cannot be read, or has wrong columns.</exception>
    public long StageParquet(string path)
    {
        try
        {
            var names = database.Query($"DESCRIBE SELECT * FROM read_parquet({CleaningSql.Literal(path)}, hive_partitioning = false)", row => row.GetString(0));
            var columns = ImportColumns.Parse(names);
            Stage(CleaningSql.Clean(CleaningSql.ReadParquet(path, names), columns, isUsual: false, options, _nowMs));
            return database.Query($"SELECT count(*) FROM {Staged}", row => row.GetInt64(0))[0];
        }
        catch (DuckDBException exception)
        {
            throw new InvalidDataException($"the Parquet cannot be read: {ImportDatabase.FirstLine(exception.Message)}", exception);
        }
    }

    /// <summary>Counts what of the staged rows is rejected or a duplicate, and removes the duplicates; answers how many events every hour has.</summary>
    public Dictionary<long, long> FinishStage(RejectionList rejections)
    {
        if (!_isStaged)
        {
            return [];
        }

        Count(rejections, HourWriter.Reject(database, Staged, rejections));
        _stagedDuplicates = HourWriter.Deduplicate(database, Staged);
        return database.Query(
            $"SELECT strftime(event_time, '%Y%m%d%H')::BIGINT AS hour, count(*) FROM {Staged} WHERE reason IS NULL GROUP BY hour",
            row => (Hour: row.GetInt64(0), Rows: row.GetInt64(1))).ToDictionary(hour => hour.Hour, hour => hour.Rows);
    }

    /// <summary>Reads again what belongs to hours that were written before all of their rows had come.</summary>
    private HourBuckets Again(ImportSource source, ImportColumns columns, HashSet<int> hours, CancellationToken cancellationToken)
    {
        var buckets = new HourBuckets(Directory.CreateDirectory(Path.Combine(folder.Buckets, "again")).FullName, only: hours);
        if (hours.Count > 0)
        {
            using var reading = CsvReading.Open(source, options);
            reading.Divide(new CsvDivider(columns, new PlainLine(columns, options, _nowMs), buckets, new RejectionList(0)), progress, cancellationToken);
        }

        return buckets;
    }

    private void WriteHours(
        IReadOnlyList<HourBucket> buckets, ImportColumns? columns, Dictionary<long, long> staged, RejectionList rejections, CancellationToken cancellationToken)
    {
        using var queue = StartQueue(cancellationToken);
        var byHour = buckets.ToDictionary(bucket => (long)bucket.Hour);
        var total = buckets.Sum(bucket => bucket.Rows) + staged.Values.Sum();
        foreach (var hour in byHour.Keys.Union(staged.Keys).Order())
        {
            var bucket = byHour.GetValueOrDefault(hour) ?? new HourBucket((int)hour, folder.Buckets);
            var rows = bucket.Rows + staged.GetValueOrDefault(hour);
            queue.Add(writer =>
            {
                var result = Write(writer, bucket, columns, staged.ContainsKey(hour), rejections);
                progress?.Report(new ImportProgress(ImportPhase.Writing, Interlocked.Add(ref _done, rows), total));
                return result;
            });
        }

        Take(queue.Finish());
    }

    private HourResult Write(HourWriter writer, HourBucket bucket, ImportColumns? columns, bool isStaged, RejectionList rejections)
    {
        try
        {
            if (!isStaged && bucket.Odd.Rows == 0 && bucket.Plain.Stored + bucket.Plain.Used <= HourBytes)
            {
                return writer.WritePlain(bucket.Hour, bucket.Plain);
            }

            using var rows = new StoredRows(bucket.Plain);
            writer.Plain.Source = rows;
            var parts = Parts(bucket, columns, writer.Plain).Concat(isStaged ? [StagedHour(bucket.Hour)] : []);
            return writer.Write(bucket.Hour, string.Join(" UNION ALL ", parts), rejections);
        }
        finally
        {
            bucket.Remove();
        }
    }

    /// <summary>The rows of a bucket, cleaned.</summary>
    private IEnumerable<string> Parts(HourBucket bucket, ImportColumns? columns, HourRowsFunction plain)
    {
        if (bucket.Plain.Rows > 0)
        {
            yield return CleaningSql.CleanPlain(plain);
        }

        if (bucket.Odd.Rows > 0)
        {
            bucket.Odd.Write();
            yield return CleaningSql.Clean(CleaningSql.ReadCsv(columns!, bucket.Odd.Path), columns!, isUsual: bucket.Hour != CsvDivider.NoHour, options, _nowMs);
        }
    }

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

    private HourQueue StartQueue(CancellationToken cancellationToken)
    {
        // Each writer runs its own statements, so the database's threads beside them would only be in the way.
        database.Execute("SET GLOBAL threads = 1");
        return new HourQueue([.. Enumerable.Range(0, options.Threads).Select(_ => new HourWriter(database.Connect(), folder))], cancellationToken);
    }

    private void Take(IReadOnlyDictionary<long, HourResult> results)
    {
        foreach (var (hour, result) in results)
        {
            _results[hour] = result;
        }
    }

    private void CountRejections(RejectionList rejections)
    {
        foreach (var result in _results.Values)
        {
            Count(rejections, result.Rejected);
        }
    }

    private static void Count(RejectionList rejections, IReadOnlyDictionary<Ingest.RejectReason, long> counts)
    {
        foreach (var (reason, rows) in counts)
        {
            rejections.Count(reason, rows);
        }
    }
}
