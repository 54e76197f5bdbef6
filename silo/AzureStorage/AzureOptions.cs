namespace OrleansAnalytics.AzureStorage;

/// <summary>
/// The Azure Storage account for state, lake and snapshots, and how patient this node is with it. Checked at start by <see cref="AzureOptionsValidator"/>, if any
/// of them is kept there. Never logged: the connection string is a secret, and belongs into the environment (<c>Azure__ConnectionString</c>).
/// </summary>
public sealed class AzureOptions
{
    /// <summary>The account's connection string, with its key or a shared access signature. Default none: then the two addresses are needed.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// The address of the account's tables, <c>https://NAME.table.core.windows.net</c>, for access with an Entra token (of the environment, a managed identity, …).
    /// Default none.
    /// </summary>
    public string? TableUri { get; set; }

    /// <summary>The address of the account's blobs, <c>https://NAME.blob.core.windows.net</c>; see <see cref="TableUri"/>. Default none.</summary>
    public string? BlobUri { get; set; }

    /// <summary>How the names of the tables begin: letters and digits, 3 to 40, the first a letter. One for each shop that shares the account. Default orleansanalytics.</summary>
    public string TablePrefix { get; set; } = "orleansanalytics";

    /// <summary>How the names of the containers begin: small letters, digits and single hyphens between them, 3 to 40. Default orleans-analytics.</summary>
    public string ContainerPrefix { get; set; } = "orleans-analytics";

    /// <summary>How long one try of a request may go without an answer. Default 30 seconds, from 100 ms to ten minutes.</summary>
    public TimeSpan TryTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Further tries of a request that was throttled, failed on the way, or got no answer. Default 5, at most 20.</summary>
    public int MaxRetries { get; set; } = 5;

    /// <summary>Pause before the second try; it doubles with every further one, and is longer if the service asks for that. Default 200 ms.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest pause between two tries. Default 5 seconds, at most five minutes.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Writes of entities that may wait for their transaction; further ones wait at the door. Default 65,536.</summary>
    public int MaxQueuedWrites { get; set; } = 65_536;

    /// <summary>Bytes of the lake that are kept on this machine's disk for questions; a larger lake is not asked here. Default 10 GiB.</summary>
    public long LakeCacheBytes { get; set; } = 10L << 30;

    /// <summary>How long a file that has left the lake stays on this machine's disk, for questions that began before. Default 10 minutes.</summary>
    public TimeSpan LakeCacheKeep { get; set; } = TimeSpan.FromMinutes(10);
}
