namespace OrleansAnalytics.Lake;

/// <summary>A file that is there as a whole or not at all: written under a hidden name, synced and moved into its place.</summary>
public sealed class DurableFile : IDisposable
{
    private readonly string _path;
    private readonly string _hidden;
    private bool _isComplete;

    /// <summary>Begins the file.</summary>
    /// <param name="path">Its place; the folder must be there. What is there is replaced.</param>
    public DurableFile(string path)
    {
        _path = path;
        _hidden = Path.Combine(Path.GetDirectoryName(path)!, HiddenName(Path.GetFileName(path)) + ".tmp");
        Stream = new FileStream(_hidden, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>What is to be written.</summary>
    public FileStream Stream { get; }

    /// <summary>How the name of a file begins while it is written: so that a pattern such as <c>*.parquet</c> does not pick it up.</summary>
    public static string HiddenName(string name) => "." + name;

    /// <summary>Puts the file into its place.</summary>
    public void Complete()
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_hidden, _path, overwrite: true);
        _isComplete = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isComplete)
        {
            Stream.Dispose();
            File.Delete(_hidden);
        }
    }
}
