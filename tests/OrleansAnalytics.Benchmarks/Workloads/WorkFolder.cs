namespace OrleansAnalytics.Benchmarks.Workloads;

/// <summary>A temporary folder for files and logs, gone afterwards.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orleans-analytics-benchmarks-");

    /// <summary>A new, empty folder in it.</summary>
    public string Create(string name)
    {
        var path = Path.Combine(_folder.FullName, name);
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }

        return Directory.CreateDirectory(path).FullName;
    }

    /// <summary>A new copy of a folder.</summary>
    public string Copy(string folder, string name)
    {
        var copy = Create(name);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(copy, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return copy;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
