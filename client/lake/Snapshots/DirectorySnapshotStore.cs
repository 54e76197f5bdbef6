using System.Collections.Concurrent;
using System.Globalization;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Snapshots;

/// <summary>
/// Snapshots in a folder: <c>day/2019-10-01/manifest.json</c> and, beside it, the folder <c>v1</c> with the files that it names. A snapshot that is written again gets
/// the folder <c>v2</c>; the manifest that names it is moved into place last, and the old folder goes a while later, for readers that began before. A lock file lets one
/// writer at a time write snapshots of a kind, whatever its process.
/// </summary>
/// <param name="root">The folder; need not exist yet.</param>
/// <param name="keepReplaced">How long a folder stays that was replaced.</param>
/// <param name="time">The clock that says how long it has been there.</param>
public sealed class DirectorySnapshotStore(string root, TimeSpan keepReplaced, TimeProvider time) : ISnapshotStore
{
    /// <summary>The name of the snapshots' folder in a data folder.</summary>
    public const string Name = "snapshots";

    /// <summary>How long a replaced version stays if nothing else is said.</summary>
    public static readonly TimeSpan DefaultKeepReplaced = TimeSpan.FromMinutes(10);

    private const string ManifestFile = "manifest.json";

    private readonly ConcurrentDictionary<Period, Seen> _seen = new();

    /// <summary>The folder.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Called before each step on the disk with its name; for tests, which look at the disk as a crash would leave it.</summary>
    internal Action<string>? Before { get; init; }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyDictionary<Period, long>> EventsAsync(PeriodKind kind, CancellationToken cancellationToken = default)
    {
        var events = new Dictionary<Period, long>();
        foreach (var period in Periods(kind))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Look(period) is { } seen)
            {
                events.Add(period, seen.Events);
            }
        }

        return new(events);
    }

    /// <inheritdoc/>
    public ValueTask<PeriodManifest?> FindAsync(Period period, CancellationToken cancellationToken = default) => new(Read(period));

    /// <inheritdoc/>
    public ValueTask<Stream?> OpenAsync(Period period, string file, CancellationToken cancellationToken = default) => new(
        Read(period) is { } manifest && manifest.Files.ContainsKey(file)
            ? new FileStream(Path.Combine(VersionFolder(period, manifest.Version), file), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete)
            : null);

    /// <inheritdoc/>
    public ValueTask<ISnapshotDraft> BeginAsync(Period period, CancellationToken cancellationToken = default)
    {
        var alone = LockFile(period.Kind);
        try
        {
            Directory.CreateDirectory(FolderOf(period));
            var before = Read(period)?.Version;
            RemoveStrays(period, before);
            return new(new DirectorySnapshotDraft(this, period, before, alone));
        }
        catch
        {
            alone.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<int> RemoveReplacedAsync(PeriodKind kind, CancellationToken cancellationToken = default)
    {
        if (!Directory.Exists(FolderOf(kind)))
        {
            return new(0);
        }

        using var alone = LockFile(kind);
        var removed = 0;
        foreach (var period in Periods(kind))
        {
            // The first version has replaced nothing.
            if (Look(period) is { Version: > 1, IsTidy: false } seen)
            {
                var (gone, left) = RemoveReplaced(period, seen.Version);
                removed += gone;
                _seen[period] = seen with { IsTidy = left == 0 };
            }
        }

        return new(removed);
    }

    /// <summary>The folder of a version's files.</summary>
    internal string VersionFolder(Period period, int version) => Path.Combine(FolderOf(period), string.Create(CultureInfo.InvariantCulture, $"v{version}"));

    /// <summary>Puts a manifest in place: the moment at which the snapshot is another one.</summary>
    internal void Replace(Period period, PeriodManifest manifest, int? before)
    {
        if (before is { } replaced)
        {
            // From now on, and not from when it was written, readers have the time to finish.
            Before?.Invoke("mark the old version");
            Directory.SetLastWriteTimeUtc(VersionFolder(period, replaced), time.GetUtcNow().UtcDateTime);
        }

        Before?.Invoke("write the manifest");
        using var file = new DurableFile(Path.Combine(FolderOf(period), ManifestFile));
        file.Stream.Write(manifest.ToUtf8());
        Before?.Invoke("put the manifest in place");
        file.Complete();

        // Two manifests of one moment and one length could not be told apart.
        _seen.TryRemove(period, out _);
    }

    private PeriodManifest? Read(Period period)
    {
        try
        {
            return PeriodManifest.FromUtf8(File.ReadAllBytes(Path.Combine(FolderOf(period), ManifestFile)));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>What matters of a manifest, read again only when the file is another one: there may be tens of thousands.</summary>
    private Seen? Look(Period period)
    {
        var file = new FileInfo(Path.Combine(FolderOf(period), ManifestFile));
        if (!file.Exists)
        {
            return null;
        }

        if (_seen.TryGetValue(period, out var seen) && (seen.Written, seen.Length) == (file.LastWriteTimeUtc, file.Length))
        {
            return seen;
        }

        return Read(period) is { } manifest ? _seen[period] = new Seen(file.LastWriteTimeUtc, file.Length, manifest.Events, manifest.Version, IsTidy: false) : null;
    }

    private IEnumerable<Period> Periods(PeriodKind kind) => !Directory.Exists(FolderOf(kind)) ? [] : Directory.EnumerateDirectories(FolderOf(kind))
        .Select(folder => Period.Find(kind, Path.GetFileName(folder)))
        .OfType<Period>();

    private FileStream LockFile(PeriodKind kind)
    {
        Directory.CreateDirectory(FolderOf(kind));
        try
        {
            return new FileStream(Path.Combine(FolderOf(kind), ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new IOException($"snapshots of this kind are being written by somebody else: {FolderOf(kind)}", exception);
        }
    }

    /// <summary>What a writer left that died: versions that were never named, and files that are no part of anything.</summary>
    private void RemoveStrays(Period period, int? current)
    {
        foreach (var folder in Directory.EnumerateDirectories(FolderOf(period)).Where(folder => VersionOf(folder) > (current ?? 0)).ToList())
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var file in Directory.EnumerateFiles(FolderOf(period), ".*").ToList())
        {
            File.Delete(file);
        }
    }

    private (int Gone, int Left) RemoveReplaced(Period period, int current)
    {
        var replaced = Directory.EnumerateDirectories(FolderOf(period)).Where(folder => VersionOf(folder) < current).ToList();
        var old = replaced.Where(folder => Directory.GetLastWriteTimeUtc(folder) <= time.GetUtcNow().UtcDateTime - keepReplaced).ToList();
        old.ForEach(folder => Directory.Delete(folder, recursive: true));
        return (old.Count, replaced.Count - old.Count);
    }

    private static int? VersionOf(string folder) =>
        Path.GetFileName(folder) is ['v', .. var number] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;

    private string FolderOf(PeriodKind kind) => Path.Combine(Root, kind.Name());

    private string FolderOf(Period period) => Path.Combine(FolderOf(period.Kind), period.Name);

    private sealed record Seen(DateTime Written, long Length, long Events, int Version, bool IsTidy);
}
