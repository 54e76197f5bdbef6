using System.Text.Json;

namespace OrleansAnalytics.Lake.Backfill;

/// <summary>
/// The folder <c>backfill</c> of a lake: the hour that is under way with its events, how far it is, and the manifests of imports as they were before. One backfill at
/// a time has it.
/// </summary>
internal sealed class BackfillFolder : IDisposable
{
    private readonly string _root;
    private readonly FileStream _lock;

    private BackfillFolder(string root, FileStream held) => (_root, _lock) = (root, held);

    /// <summary>The events of the hour under way, in the order in which they are sent.</summary>
    public string Events => Path.Combine(_root, "hour.parquet");

    private string StatePath => Path.Combine(_root, "state.json");

    /// <summary>Takes the folder; creates it.</summary>
    /// <exception cref="IOException">Another backfill has it, or the lake cannot be written.</exception>
    public static BackfillFolder Take(LakeFolder lake)
    {
        var root = Path.Combine(lake.Root, "backfill");
        DurableFolder.Create(root);
        var path = Path.Combine(root, "lock");
        try
        {
            return new BackfillFolder(root, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new IOException($"another backfill of {lake.Root} is running");
        }
    }

    /// <summary>The hour under way; null if there is none.</summary>
    /// <exception cref="JsonException">It cannot be read.</exception>
    public BackfillHour? Read() => File.Exists(StatePath) ? BackfillHour.FromUtf8(File.ReadAllBytes(StatePath)) : null;

    /// <summary>Notes durably what is under way and how far it is.</summary>
    public void Write(BackfillHour hour) => DurableFile.Write(StatePath, hour.ToUtf8());

    /// <summary>Keeps the manifest of an import as it is before anything of it is taken.</summary>
    public void Keep(LakeManifest manifest)
    {
        var path = Path.Combine(_root, manifest.Source + ".json");
        if (!File.Exists(path))
        {
            DurableFile.Write(path, manifest.ToUtf8());
        }
    }

    /// <summary>Nothing is under way any more.</summary>
    public void Clear()
    {
        File.Delete(StatePath);
        DurableFolder.Sync(_root);
        File.Delete(Events);
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
