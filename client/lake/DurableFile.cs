namespace OrleansAnalytics.Lake;

/// <summary>
/// A file that is there as a whole or not at all, and stays there: written under a hidden name, synced, moved into its place, and then its folder is synced
/// (<see cref="DurableFolder"/>). What is written is <see cref="Stream"/>, or <see cref="HiddenPath"/> if something else writes it.
/// </summary>
public sealed class DurableFile : IDisposable
{
    private readonly string _path;
    private FileStream? _stream;
    private bool _isSynced;
    private bool _isComplete;

    /// <summary>Begins the file.</summary>
    /// <param name="path">Its place; what is there is replaced. Its folder is created if it is not there.</param>
    public DurableFile(string path)
    {
        _path = Path.GetFullPath(path);
        DurableFolder.Create(Path.GetDirectoryName(_path)!);
        HiddenPath = Path.Combine(Path.GetDirectoryName(_path)!, HiddenName(Path.GetFileName(_path)) + ".tmp");
    }

    /// <summary>Where the file is until it is complete.</summary>
    public string HiddenPath { get; }

    /// <summary>What is to be written.</summary>
    public FileStream Stream => _stream ??= new FileStream(HiddenPath, FileMode.Create, FileAccess.ReadWrite, FileShare.None);

    /// <summary>How the name of a file begins while it is written: so that a pattern such as <c>*.parquet</c> does not pick it up.</summary>
    public static string HiddenName(string name) => "." + name;

    /// <summary>Writes a whole file.</summary>
    /// <param name="path">Its place; what is there is replaced.</param>
    /// <param name="content">What it says.</param>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new DurableFile(path);
        file.Stream.Write(content);
        file.Complete();
    }

    /// <summary>Makes what is written durable, under the hidden name. Afterwards nothing may be written; <see cref="Complete"/> only moves.</summary>
    public void Sync()
    {
        if (!_isSynced)
        {
            using var written = _stream ?? new FileStream(HiddenPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            written.Flush(flushToDisk: true);
            _isSynced = true;
        }
    }

    /// <summary>Puts the file into its place, durably.</summary>
    public void Complete()
    {
        Sync();
        File.Move(HiddenPath, _path, overwrite: true);
        _isComplete = true;
        DurableFolder.Sync(Path.GetDirectoryName(_path)!);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isComplete)
        {
            _stream?.Dispose();
            File.Delete(HiddenPath);
        }
    }
}
