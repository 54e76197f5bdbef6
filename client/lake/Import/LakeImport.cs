namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// Puts files of history straight into a lake, with the rules and the deduplication of the live door. Rows are divided by hour, then each hour is cleaned,
/// sorted and written by itself; memory depends on the largest hour and not on the file. A file is visible as a whole, by its manifest, or not at all.
/// </summary>
/// <param name="lake">The lake; created if it is not there.</param>
/// <param name="options">The limits.</param>
/// <param name="time">The clock, by which events lie in the future.</param>
public sealed class LakeImport(LakeFolder lake, ImportOptions options, TimeProvider time)
{
    /// <summary>Imports one file: CSV, CSV in gzip, or Parquet with the same columns; its first bytes say which.</summary>
    /// <param name="file">The file.</param>
    /// <param name="progress">Told now and then, from any thread.</param>
    /// <param name="cancellationToken">Stops; nothing of the file is in the lake then.</param>
    /// <exception cref="InvalidDataException">The file is damaged, cut, empty, or has wrong columns; nothing of it is in the lake.</exception>
    /// <exception cref="IOException">There is no such file, it cannot be read, or the disk is full; nothing of it is in the lake.</exception>
    /// <exception cref="ArgumentException">A limit is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public ImportResult Run(string file, IProgress<ImportProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        options.Validate();
        var source = new ImportSource(file);
        using var folder = ImportFolder.Open(lake);
        try
        {
            return source.Form == SourceForm.Parquet
                ? RunParquet(source, folder, progress, cancellationToken)
                : RunCsv(source, folder, progress, cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{file}: {exception.Message}", exception);
        }
    }

    private ImportResult RunCsv(ImportSource source, ImportFolder folder, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        var rejections = new RejectionList(options.KeptRejections);
        using var buckets = new HourBuckets(folder.Buckets);
        var (columns, received, name) = CsvReading.Divide(source, buckets, rejections, options, progress, cancellationToken);
        if (Find(name) is { } known)
        {
            return new ImportResult(known, WasThere: true);
        }

        using var database = ImportDatabase.Create(folder, options, cancellationToken);
        var run = new ImportRun(lake, options, time, database, name, progress);
        return run.Guard(() =>
        {
            run.Csv(columns, buckets.All, rejections);
            return Commit(source, run, received, rejections, cancellationToken);
        });
    }

    private ImportResult RunParquet(ImportSource source, ImportFolder folder, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        var name = source.NameOfStored(cancellationToken);
        if (Find(name) is { } known)
        {
            return new ImportResult(known, WasThere: true);
        }

        var rejections = new RejectionList(options.KeptRejections);
        using var database = ImportDatabase.Create(folder, options, cancellationToken);
        var run = new ImportRun(lake, options, time, database, name, progress);
        return run.Guard(() =>
        {
            var received = run.Parquet(source.Path, rejections);
            return Commit(source, run, received, rejections, cancellationToken);
        });
    }

    private LakeManifest? Find(string name) => lake.Read().FirstOrDefault(manifest => manifest.Source == name);

    private ImportResult Commit(ImportSource source, ImportRun run, long received, RejectionList rejections, CancellationToken cancellationToken)
    {
        run.Progress?.Report(new ImportProgress(ImportPhase.Committing, 0, 0));
        var first = rejections.First;
        if (first.Count > 0)
        {
            var path = Path.Combine(lake.Root, "rejected", run.Source + ".csv");
            run.Written.Add(path);
            var file = new RejectedFile(path, options);
            if (source.Form == SourceForm.Parquet)
            {
                file.WriteRows(run.Database, source, first);
            }
            else
            {
                file.WriteLines(source, first, cancellationToken);
            }
        }

        var files = run.Files;
        foreach (var file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ParquetFile.Flush(lake.PathOf(file));
        }

        // The files were written in their places, and so were the folders of new hours and days.
        foreach (var folder in files.Select(file => Path.GetDirectoryName(lake.PathOf(file))!).SelectMany(hour => new[] { hour, Path.GetDirectoryName(hour)! }).Append(lake.Events).Distinct())
        {
            DurableFolder.Sync(folder);
        }

        var manifest = new LakeManifest { Source = run.Source, Received = received, Duplicates = run.Duplicates, Rejected = rejections.Counts, Files = files };
        var accounted = files.Sum(file => file.Rows) + manifest.Duplicates + manifest.Rejected.Values.Sum();
        if (accounted != received)
        {
            throw new InvalidOperationException($"{received} rows were read and {accounted} accounted for");
        }

        DurableFile.Write(lake.PathOfManifest(manifest.Source), manifest.ToUtf8());
        return new ImportResult(manifest, WasThere: false);
    }
}
