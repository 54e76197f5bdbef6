namespace OrleansAnalytics.Lake.Import;

/// <summary>What became of a file: <c>received = accepted + duplicates + rejected</c>.</summary>
/// <param name="Manifest">The manifest of the import, which the lake has now.</param>
/// <param name="WasThere">True if the lake had the same content before; then nothing was changed.</param>
public sealed record ImportResult(LakeManifest Manifest, bool WasThere)
{
    /// <summary>Rows of the file, without its header and blank lines.</summary>
    public long Received => Manifest.Received;

    /// <summary>Events now in the lake.</summary>
    public long Accepted => Manifest.Files.Sum(file => file.Rows);

    /// <summary>Rows that repeat an event of the same file.</summary>
    public long Duplicates => Manifest.Duplicates;

    /// <summary>Rows that are no valid events.</summary>
    public long Rejected => Manifest.Rejected.Values.Sum();
}

/// <summary>What an import is doing.</summary>
public enum ImportPhase
{
    /// <summary>Looks whether the lake has the file's content already; counted in bytes of the file as it is stored. Left out if the lake has no import.</summary>
    Checking,

    /// <summary>Reads the file, divides its rows by hour, and writes hours that are complete; counted in bytes of the file as it is stored.</summary>
    Reading,

    /// <summary>Cleans, sorts and writes the hours that are left; counted in rows.</summary>
    Writing,

    /// <summary>Makes the files durable and visible; not counted.</summary>
    Committing,
}

/// <summary>How far an import is.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="Done">How much of that is done.</param>
/// <param name="Total">How much there is to do; 0 if that is not known.</param>
public readonly record struct ImportProgress(ImportPhase Phase, long Done, long Total);
