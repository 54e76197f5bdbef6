namespace OrleansAnalytics.Snapshots;

/// <summary>
/// Where the snapshots of closed periods are. A snapshot is there as a whole or not at all: whoever reads meets the last one that was completed, also while the next
/// is being written, and also after its writer died at any moment.
/// </summary>
public interface ISnapshotStore
{
    /// <summary>The events of the lake that each snapshot of a kind is of. Cheap, as every plan asks for it.</summary>
    ValueTask<IReadOnlyDictionary<Period, long>> EventsAsync(PeriodKind kind, CancellationToken cancellationToken = default);

    /// <summary>The manifest of a period's snapshot; null if there is none.</summary>
    /// <exception cref="System.Text.Json.JsonException">It cannot be read.</exception>
    ValueTask<PeriodManifest?> FindAsync(Period period, CancellationToken cancellationToken = default);

    /// <summary>A file of a period's snapshot; null if its manifest names no such file, or if there is none.</summary>
    ValueTask<Stream?> OpenAsync(Period period, string file, CancellationToken cancellationToken = default);

    /// <summary>Begins a snapshot of a period, in place of the one that is there.</summary>
    /// <exception cref="IOException">Somebody else is writing snapshots of this kind, or nothing can be written.</exception>
    ValueTask<ISnapshotDraft> BeginAsync(Period period, CancellationToken cancellationToken = default);

    /// <summary>Removes what was replaced so long ago that no reader can want it any more; answers how many versions.</summary>
    ValueTask<int> RemoveReplacedAsync(PeriodKind kind, CancellationToken cancellationToken = default);
}

/// <summary>A snapshot that is being written. Disposed before it is completed, it never was.</summary>
public interface ISnapshotDraft : IAsyncDisposable
{
    /// <summary>Adds a file.</summary>
    /// <param name="file">Its name, see <see cref="SnapshotFileName"/>.</param>
    /// <param name="write">Writes its content.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ArgumentException">The name is not safe, or there is such a file.</exception>
    ValueTask AddAsync(string file, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken = default);

    /// <summary>Puts the snapshot in place. Its manifest is <paramref name="about"/> with the files and the version.</summary>
    ValueTask<PeriodManifest> CompleteAsync(PeriodManifest about, CancellationToken cancellationToken = default);
}

/// <summary>Names of a snapshot's files.</summary>
public static class SnapshotFileName
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 100;

    /// <summary>Makes sure that a name consists of letters, digits, <c>_</c>, <c>-</c> and inner dots (ASCII), so that it leads nowhere else.</summary>
    /// <exception cref="ArgumentException">It does not, or it is empty or too long.</exception>
    public static void Check(string file)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        if (file.Length > MaxLength || file[0] == '.' || !file.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
        {
            throw new ArgumentException("a file of a snapshot is named with letters, digits, '_', '-' and inner dots, at most 100 of them", nameof(file));
        }
    }
}
