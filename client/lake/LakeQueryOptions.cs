namespace OrleansAnalytics.Lake;

/// <summary>What a question to the lake may cost. Checked by <see cref="LakeQueryOptionsValidator"/>.</summary>
public sealed class LakeQueryOptions
{
    /// <summary>Memory of one question, in bytes; beyond it the engine spills to disk, and what cannot be spilled fails. Default 1 GiB, from 32 MiB.</summary>
    public long MemoryLimitBytes { get; set; } = 1L << 30;

    /// <summary>Threads that work on one question. Default 2, from 1 to 256.</summary>
    public int Threads { get; set; } = 2;

    /// <summary>The folder under which every question has a folder of its own for what it spills. Null is the system's. Default null.</summary>
    public string? TempDirectory { get; set; }

    /// <summary>Bytes that one question may spill to disk. Default 8 GiB.</summary>
    public long MaxTempBytes { get; set; } = 8L << 30;

    /// <summary>How long one question may take, from its start to its last row. Default 30 s, at most a day.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Rows that the answer to one statement may have. Default 100,000, at most 10,000,000.</summary>
    public int MaxRows { get; set; } = 100_000;

    /// <summary>Bytes of the cells (or of the Parquet file) that the answer to one statement may have, as all of it is held in memory. Default 64 MiB.</summary>
    public long MaxResultBytes { get; set; } = 64L << 20;

    /// <summary>Rows that the table of one report may have. Default 1,000,000.</summary>
    public int MaxReportRows { get; set; } = 1_000_000;

    /// <summary>The longest statement, in characters. Default 65,536.</summary>
    public int MaxSqlLength { get; set; } = 65_536;

    /// <summary>Questions that are worked on at the same time in one process; further ones are refused. Each may take all of the other limits. Default 2.</summary>
    public int MaxQueries { get; set; } = 2;

    /// <summary>
    /// The longest gap between two events of one session, by event time. In a silo always that of <c>Journeys:SessionTimeout</c>, so that the lake and the
    /// live reports agree. Default 30 min, from a millisecond to a day.
    /// </summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromMinutes(30);
}
