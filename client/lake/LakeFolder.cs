namespace OrleansAnalytics.Lake;

/// <summary>
/// A lake in a folder: <c>events/date=2019-10-01/hour=02/*.parquet</c> (hive-partitioned, so that Spark, Trino or DuckDB read them as they are) and
/// <c>manifests/*.json</c>, which say which of the files belong to it.
/// </summary>
/// <param name="root">The folder; usually <c>lake</c> in the data folder. It need not exist yet.</param>
public sealed class LakeFolder(string root)
{
    /// <summary>The name of the lake's folder in a data folder.</summary>
    public const string Name = "lake";

    private readonly Lock _together = new();

    /// <summary>The folder.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Where the Parquet files are.</summary>
    public string Events => Path.Combine(Root, "events");

    /// <summary>Where the manifests are.</summary>
    public string Manifests => Path.Combine(Root, "manifests");

    /// <summary>All manifests, by source; empty if there is no lake yet.</summary>
    /// <exception cref="System.Text.Json.JsonException">One cannot be read.</exception>
    public IReadOnlyList<LakeManifest> Read()
    {
        if (!Directory.Exists(Manifests))
        {
            return [];
        }

        lock (_together)
        {
            // Hidden ones are being written.
            return [.. Directory.EnumerateFiles(Manifests, "*.json")
                .Where(file => !Path.GetFileName(file).StartsWith('.'))
                .Order(StringComparer.Ordinal)
                .Select(file => LakeManifest.FromUtf8(File.ReadAllBytes(file)))];
        }
    }

    /// <summary>Changes several manifests at one moment for all who read them by this object.</summary>
    public void ChangeTogether(Action change)
    {
        lock (_together)
        {
            change();
        }
    }

    /// <summary>Whether anything was ever imported; reads no manifest.</summary>
    public bool HasImports() => Directory.Exists(Manifests) && Directory.EnumerateFiles(Manifests, Import.ImportSource.Prefix + "*.json").Any();

    /// <summary>The manifest of one source; null if there is none.</summary>
    /// <exception cref="System.Text.Json.JsonException">It cannot be read.</exception>
    public LakeManifest? Read(string source) => File.Exists(PathOfManifest(source)) ? LakeManifest.FromUtf8(File.ReadAllBytes(PathOfManifest(source))) : null;

    /// <summary>The path of a file.</summary>
    public string PathOf(LakeFile file) => PathOf(file.Path);

    /// <summary>The path of a file by its name in the manifest.</summary>
    public string PathOf(string file) => Path.Combine(Events, file.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>The path of a manifest.</summary>
    public string PathOfManifest(string source) => Path.Combine(Manifests, source + ".json");
}
