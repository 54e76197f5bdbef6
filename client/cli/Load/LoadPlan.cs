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

    /// <summary>The share of events that are of one and the same product, 0 to 1.</summary>
    public double HotProduct { get; init; }

    /// <summary>The share of events that are of one and the same user, 0 to 1.</summary>
    public double Flood { get; init; }

    /// <summary>Events per request in effect.</summary>
    public int EffectiveBatch => Batch ?? (int)Math.Clamp(Rate / BatchesASecond, 1, MostPerBatch);

    /// <summary>Lookups under way at the same time.</summary>
    public int QueryConnections => Math.Clamp(Queries / QueriesPerConnection, FewestQueryConnections, MostQueryConnections);

    /// <summary>The part of the load that one of several processes makes: together they make all of it, each with chance of its own.</summary>
    /// <param name="part">Which one, from 0.</param>
    /// <param name="of">How many there are.</param>
    public LoadPlan Part(int part, int of) => this with
    {
        Rate = Share(Rate, part, of),
        Batch = EffectiveBatch,
        Users = Users is { } users ? Math.Max(1, users / of) : null,
        Queries = (int)Share(Queries, part, of),
        Seed = Seed + (ulong)part,
    };

    private static long Share(long whole, int part, int of) => (whole * (part + 1) / of) - (whole * part / of);
}
