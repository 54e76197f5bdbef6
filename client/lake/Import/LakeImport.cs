namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// Puts files of history straight into a lake, with the rules and the deduplication of the live door. Rows are divided by hour, and each hour is cleaned,
/// sorted and written by itself, as soon as it is complete; memory depends on the largest hour and not on the file. A file is visible as a whole, by its manifest, or not at all.
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
        // The name is known when all has been read; a lake with imports is asked first, as reading alone is cheap.
        var hasImports = lake.Read().Any(manifest => manifest.Source.StartsWith(ImportSource.Prefix, StringComparison.Ordinal));
        if (hasImports && Find(source.NameOfContent(progress, cancellationToken)) is { } known)
        {
            return new ImportResult(known, WasThere: true);
        }

        var rejections = new RejectionList(options.KeptRejections);
        using var database = ImportDatabase.Create(folder, options, cancellationToken);
        var run = new ImportRun(folder, options, time, database, progress);
        var (received, name) = run.Csv(source, rejections, cancellationToken);
        return Commit(source, run, name, received, rejections, progress, cancellationToken);
    }

    private ImportResult RunParquet(ImportSource source, ImportFolder folder, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        var name = source.NameOfContent(progress, cancellationToken);
        if (Find(name) is { } known)
        {
            return new ImportResult(known, WasThere: true);
        }

        var rejections = new RejectionList(options.KeptRejections);
        using var database = ImportDatabase.Create(folder, options, cancellationToken);
        var run = new ImportRun(folder, options, time, database, progress);
        var received = run.Parquet(source.Path, rejections, cancellationToken);
        return Commit(source, run, name, received, rejections, progress, cancellationToken);
    }

    private LakeManifest? Find(string name) => lake.Read().FirstOrDefault(manifest => manifest.Source == name);

    private ImportResult Commit(
        ImportSource source, ImportRun run, string name, long received, RejectionList rejections, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        progress?.Report(new ImportProgress(ImportPhase.Committing, 0, 0));
        var written = new List<string>();
        try
        {
            WriteRejections(source, run, name, rejections, written, cancellationToken);
            var files = Move(run.Hours, name, written, cancellationToken);
            var manifest = new LakeManifest { Source = name, Received = received, Duplicates = run.Duplicates, Rejected = rejections.Counts, Files = files };
            var accounted = files.Sum(file => file.Rows) + manifest.Duplicates + manifest.Rejected.Values.Sum();
            if (accounted != received)
            {
                throw new InvalidOperationException($"{received} rows were read and {accounted} accounted for");
            }

            DurableFile.Write(lake.PathOfManifest(manifest.Source), manifest.ToUtf8());
            return new ImportResult(manifest, WasThere: false);
        }
        catch
        {
            ImportFolder.Remove(written);
            throw;
        }
    }

    private void WriteRejections(
        ImportSource source, ImportRun run, string name, RejectionList rejections, List<string> written, CancellationToken cancellationToken)
    {
        var first = rejections.First;
        if (first.Count == 0)
        {
            return;
        }

        var path = Path.Combine(lake.Root, "rejected", name + ".csv");
        written.Add(path);
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

    private List<LakeFile> Move(IReadOnlyList<HourResult> hours, string name, List<string> written, CancellationToken cancellationToken)
    {
        var files = new List<LakeFile>();
        foreach (var hour in hours)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (hour.Path is { } from)
            {
                var file = new LakeFile(ImportFolder.PlaceOf(name, hour.Hour), hour.Accepted, new FileInfo(from).Length, 0, 0);
                var path = lake.PathOf(file);
                written.Add(path);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Move(from, path, overwrite: true);
                files.Add(file);
            }
        }

        // The files were moved, and the folders of new hours and days were made.
        foreach (var folder in files.Select(file => Path.GetDirectoryName(lake.PathOf(file))!).SelectMany(hour => new[] { hour, Path.GetDirectoryName(hour)!, lake.Events }).Distinct())
        {
            DurableFolder.Sync(folder);
        }

        return files;
    }
}
