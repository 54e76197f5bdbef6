using System.Globalization;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// The folder <c>.import</c> of a lake: where an import keeps what is not finished, and a lock, so that one import runs at a time. It is gone when the import
/// has ended; if it is there at the start, an import was killed, and its files that no manifest names are removed.
/// </summary>
internal sealed class ImportFolder : IDisposable
{
    private const string Name = ".import";

    private readonly FileStream _lock;

    private ImportFolder(string root, FileStream held)
    {
        Root = root;
        _lock = held;
        Buckets = Directory.CreateDirectory(Path.Combine(root, "hours")).FullName;
        Files = Directory.CreateDirectory(Path.Combine(root, "files")).FullName;
        Spill = Directory.CreateDirectory(Path.Combine(root, "spill")).FullName;
    }

    /// <summary>The folder.</summary>
    public string Root { get; }

    /// <summary>For the rows by hour.</summary>
    public string Buckets { get; }

    /// <summary>For files that are written and not yet in the lake.</summary>
    public string Files { get; }

    /// <summary>For what the database cannot hold in memory.</summary>
    public string Spill { get; }

    /// <summary>The database of the import.</summary>
    public string Database => Path.Combine(Root, "import.duckdb");

    /// <summary>Where the file of an hour (<c>2019100102</c>) waits until the import is done.</summary>
    public string PathOf(long hour) => Path.Combine(Files, hour.ToString(CultureInfo.InvariantCulture) + ".parquet");

    /// <summary>Creates the folder.</summary>
    /// <exception cref="IOException">Another import is running, or the lake cannot be written.</exception>
    public static ImportFolder Open(LakeFolder lake)
    {
        var root = Path.Combine(lake.Root, Name);
        var wasKilled = Directory.Exists(root);
        Directory.CreateDirectory(root);
        var path = Path.Combine(root, "lock");
        FileStream held;
        try
        {
            held = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new IOException($"another import into {lake.Root} is running");
        }

        Empty(root);
        if (wasKilled)
        {
            RemoveOrphans(lake);
        }

        return new ImportFolder(root, held);
    }

    /// <summary>Removes the folder.</summary>
    public void Dispose()
    {
        Empty(Root);
        _lock.Dispose();
        File.Delete(_lock.Name);
        if (!Directory.EnumerateFileSystemEntries(Root).Any())
        {
            Directory.Delete(Root);
        }
    }

    /// <summary>Removes files of an import. Their folders stay: a running server may be about to write to them.</summary>
    public static void Remove(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            if (Directory.Exists(Path.GetDirectoryName(file)))
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>The place of a file with events of one hour (<c>2019100102</c>), from the folder <c>events</c>.</summary>
    public static string PlaceOf(string source, long hour) =>
        string.Create(CultureInfo.InvariantCulture, $"date={DayOf(hour)}/hour={HourOf(hour)}/{source}-{hour}.parquet");

    /// <summary>The day of an hour: <c>2019-10-01</c>.</summary>
    public static string DayOf(long hour) => string.Create(CultureInfo.InvariantCulture, $"{hour / 1_000_000:0000}-{hour / 10_000 % 100:00}-{hour / 100 % 100:00}");

    /// <summary>The hour of the day: <c>02</c>.</summary>
    public static string HourOf(long hour) => (hour % 100).ToString("00", CultureInfo.InvariantCulture);

    private static void RemoveOrphans(LakeFolder lake)
    {
        if (Directory.Exists(lake.Events))
        {
            var named = lake.Read().SelectMany(manifest => manifest.Files).Select(lake.PathOf).ToHashSet(StringComparer.Ordinal);
            Remove([.. Directory.EnumerateFiles(lake.Events, ImportSource.Prefix + "*.parquet", SearchOption.AllDirectories).Where(file => !named.Contains(file))]);
        }
    }

    private static void Empty(string root)
    {
        foreach (var folder in Directory.EnumerateDirectories(root))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (var file in Directory.EnumerateFiles(root).Where(file => Path.GetFileName(file) != "lock"))
        {
            File.Delete(file);
        }
    }
}
