namespace OrleansAnalytics.Cli;

/// <summary>How the batches of a load are written.</summary>
internal enum LoadFormat
{
    /// <summary>Binary batches, as the SDK sends them.</summary>
    Binary = 0,

    /// <summary>An array of JSON objects.</summary>
    Json = 1,

    /// <summary>A JSON object on each line.</summary>
    Ndjson = 2,
}

/// <summary>What a load is to be.</summary>
internal sealed record LoadPlan
{
    private const int BatchesASecond = 50;
    private const int MostPerBatch = 1_000;
    private const int QueriesPerConnection = 100;
    private const int FewestQueryConnections = 16;
    private const int MostQueryConnections = 256;

    /// <summary>Events a second.</summary>
    public required long Rate { get; init; }

    /// <summary>How long.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Events per request; null is a fiftieth of a second's, at most 1,000.</summary>
    public int? Batch { get; init; }

    /// <summary>Requests with events under way at the same time.</summary>
    public int Connections { get; init; } = 16;

    /// <summary>How batches are written.</summary>
    public LoadFormat Format { get; init; }

    /// <summary>Shoppers; null is a fourteenth of the events.</summary>
    public long? Users { get; init; }

    /// <summary>Decides everything that is chance.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Journey lookups a second; 0 for none.</summary>
    public int Queries { get; init; }

    /// <summary>Events per request in effect.</summary>
    public int EffectiveBatch => Batch ?? (int)Math.Clamp(Rate / BatchesASecond, 1, MostPerBatch);

    /// <summary>Lookups under way at the same time.</summary>
    public int QueryConnections => Math.Clamp(Queries / QueriesPerConnection, FewestQueryConnections, MostQueryConnections);
}
