namespace OrleansAnalytics.Lake.Digests;

/// <summary>Makes the digests of one file after the other, with an engine of its own.</summary>
internal sealed class DigestMaker : IDisposable
{
    // What is read once for each run of reports need not be as small as what is kept for ever.
    private const string Format = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)";

    private readonly CompactionEngine _engine;

    /// <summary>Opens the engine.</summary>
    /// <param name="memoryBytes">Its memory; what does not fit is spilled.</param>
    /// <param name="spill">The folder for that.</param>
    /// <param name="sessionTimeout">The longest gap within a session.</param>
    public DigestMaker(long memoryBytes, string spill, TimeSpan sessionTimeout)
    {
        _engine = new CompactionEngine(memoryBytes, threads: 1, spill);
        _engine.Execute(LakeViews.SessionTimeout(sessionTimeout));
        _engine.Execute(LakeViews.NothingIn("stored"));
        _engine.Execute(LakeViews.NothingIn("stored_undigested"));
        _engine.Execute(SqlText.Embedded("Views/events.sql"));
        _engine.Execute(SqlText.Embedded("Views/slices.sql"));
    }

    /// <summary>Makes all digests of a file, each durable and as a whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="digest">Where the digest of a kind goes.</param>
    /// <exception cref="IOException">The disk is full, or the file cannot be read.</exception>
    public void Make(string path, Func<string, string> digest)
    {
        _engine.Execute(LakeViews.FilesIn("stored_undigested", [path]));
        foreach (var kind in LakeDigests.Kinds)
        {
            using var file = new DurableFile(digest(kind));
            _engine.Execute($"COPY (FROM ({SqlText.Embedded($"Digests/{kind}.sql")}) ORDER BY ALL) TO {SqlText.Literal(file.HiddenPath)} {Format}");
            file.Complete();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();
}
