namespace OrleansAnalytics.Tests.Partitions;

/// <summary>A folder that is gone with the test.</summary>
internal sealed class StorageFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("orleans-analytics-").FullName;
    private int _next;

    /// <summary>A path in it that was not used before; not created.</summary>
    public string Next() => Path.Combine(_root, $"{_next++}");

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
