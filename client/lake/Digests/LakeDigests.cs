using System.Globalization;
using System.IO.Hashing;
using System.Runtime.ExceptionServices;
using System.Text;

namespace OrleansAnalytics.Lake.Digests;

/// <summary>
/// What reports need of a file, computed once: beside each file that is the only one of its hour, the answers to the statements <c>Digests/*.sql</c> as Parquet, in the folder
/// <see cref="Name"/> of the lake. Views put digests in the place of the file's events (<c>Views/counts.sql</c>, <c>actions.sql</c>, <c>spans.sql</c>); the answers are the same, as none of the
/// statements puts events of different hours together. Digests are an index that compaction makes and that may be deleted: the events of a file without them are read.
/// </summary>
/// <param name="folder">The lake.</param>
/// <param name="sessionTimeout">The longest gap within a session: digests made with another one are not used.</param>
public sealed class LakeDigests(LakeFolder folder, TimeSpan sessionTimeout)
{
    /// <summary>The folder in the lake.</summary>
    public const string Name = "digests";

    /// <summary>The statements that are made of each file, by name.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["actions", "brands", "counts", "crowds", "stretches"];

    // Digests made by other statements are not read: whoever changes one cannot forget it.
    private static readonly string Version = Hash([.. Kinds.Select(kind => $"Digests/{kind}.sql"), "Views/events.sql", "Views/slices.sql"]);

    private string Root => Path.Combine(folder.Root, Name);

    private string Current => Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{Version}-{(long)sessionTimeout.TotalMilliseconds}ms"));

    /// <summary>The files whose digests may be read instead: each the only one of its hour, with all of its digests there.</summary>
    /// <param name="files">All files of the lake.</param>
    /// <param name="read">Those of them that are to be read; no others are looked at.</param>
    public IReadOnlyList<LakeFile> Digested(IReadOnlyList<LakeFile> files, IReadOnlyCollection<LakeFile> read) =>
        Directory.Exists(Current) ? [.. Alone(files).Intersect(read).Where(file => Kinds.All(kind => File.Exists(PathOf(file, kind))))] : [];

    /// <summary>Where a digest of a file is.</summary>
    /// <param name="file">The file: one of another size under the same name has other digests.</param>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    public string PathOf(LakeFile file, string kind) =>
        Path.Combine(Current, file.Path.Replace('/', Path.DirectorySeparatorChar) + string.Create(CultureInfo.InvariantCulture, $".{file.Rows}-{file.Bytes}.{kind}.parquet"));

    /// <summary>Makes the digests that are missing and due, and removes those of files that are no more, of another session timeout, or made by other statements.</summary>
    /// <param name="options">When and how.</param>
    /// <param name="progress">Told how far it is; null if nobody looks.</param>
    /// <param name="cancellationToken">Stops between two files.</param>
    /// <returns>How many files have digests that had none before.</returns>
    /// <exception cref="IOException">The disk is full, or the folder cannot be written.</exception>
    public int Update(LakeCompactionOptions options, IProgress<CompactionProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        RemoveOthers();
        var files = LakeManifest.FilesOf(folder.Read());
        var have = Digested(files, files).ToHashSet();
        var missing = Due(files, options).Where(file => !have.Contains(file)).ToList();
        return missing.Count == 0 ? 0 : Make(missing, options, progress, cancellationToken);
    }

    private static string Hash(IEnumerable<string> statements) =>
        XxHash32.HashToUInt32(Encoding.UTF8.GetBytes(string.Concat(statements.Select(SqlText.Embedded)))).ToString("x8", CultureInfo.InvariantCulture);

    private static IEnumerable<LakeFile> Alone(IReadOnlyList<LakeFile> files) =>
        files.GroupBy(LakeHours.FolderOf).Where(hour => hour.Count() == 1).Select(hour => hour.First());

    /// <summary>Those of settled hours, as a file of an hour that goes on is replaced soon; and large enough that its events are not read as fast. Of a copy, those that it has.</summary>
    private IEnumerable<LakeFile> Due(IReadOnlyList<LakeFile> files, LakeCompactionOptions options)
    {
        var latest = files.Count == 0 ? default : files.Max(LakeHours.Of);
        return Alone(files).Where(file => file.Rows >= options.DigestFromRows && latest - LakeHours.Of(file) >= options.SettleAfter && File.Exists(folder.PathOf(file)));
    }

    private int Make(List<LakeFile> files, LakeCompactionOptions options, IProgress<CompactionProgress>? progress, CancellationToken cancellationToken)
    {
        var spill = Directory.CreateDirectory(CompactionEngine.SpillOf(folder));
        try
        {
            var made = 0;
            var reporting = new Lock();
            Parallel.ForEach(
                files,
                new ParallelOptions { MaxDegreeOfParallelism = options.Threads },
                () => new DigestMaker(options.MemoryBytes / options.Threads, spill.FullName, sessionTimeout),
                (file, state, maker) =>
                {
                    if (cancellationToken.IsCancellationRequested)
                    {
                        state.Stop();
                        return maker;
                    }

                    maker.Make(folder.PathOf(file), kind => PathOf(file, kind));
                    lock (reporting)
                    {
                        made++;
                        progress?.Report(new CompactionProgress("files digested", made, files.Count));
                    }

                    return maker;
                },
                maker => maker.Dispose());
            return made;
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
            throw;
        }
        finally
        {
            spill.Delete(recursive: true);
        }
    }

    /// <summary>Those of a file stay until the file itself is removed: whoever opened the lake before it was replaced may still read them.</summary>
    private void RemoveOthers()
    {
        if (!Directory.Exists(Root))
        {
            return;
        }

        foreach (var other in Directory.GetDirectories(Root).Where(path => path != Current))
        {
            Directory.Delete(other, recursive: true);
        }

        if (Directory.Exists(Current))
        {
            foreach (var path in Directory.EnumerateFiles(Current, "*", SearchOption.AllDirectories).Where(path => !File.Exists(FileOf(path))).ToList())
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>The file of a digest: its name goes on after the file's with a dot. What a crash left half has a hidden name, and no file.</summary>
    private string FileOf(string digest)
    {
        const string Ending = ".parquet";
        var relative = Path.GetRelativePath(Current, digest);
        var end = relative.IndexOf(Ending + ".", StringComparison.Ordinal);
        return Path.Combine(folder.Events, end < 0 ? relative : relative[..(end + Ending.Length)]);
    }
}
