namespace OrleansAnalytics.Demo;

/// <summary>What <c>demo</c> is asked to do.</summary>
public sealed record DemoOptions
{
    /// <summary>The file to replay; null generates events.</summary>
    public FileInfo? File { get; init; }

    /// <summary>Events to generate without a file.</summary>
    public long Events { get; init; } = 500_000;

    /// <summary>The seed of the generated events.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Users whose journeys are shown and written.</summary>
    public IReadOnlyList<string> Users { get; init; } = [];

    /// <summary>The data folder; null takes a new temporary one.</summary>
    public DirectoryInfo? Data { get; init; }

    /// <summary>End after the reports instead of serving.</summary>
    public bool Exit { get; init; }

    /// <summary>Where the reports are written as JSON, if anywhere.</summary>
    public FileInfo? Json { get; init; }
}
