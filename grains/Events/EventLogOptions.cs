namespace OrleansAnalytics.Events;

/// <summary>Limits and retention of an event log.</summary>
public sealed class EventLogOptions
{
    /// <summary>Which log: <c>rocksdb</c> in the data folder, or <c>kafka</c> for a topic (see <c>Log:Kafka</c>). Default rocksdb, or what the profile says.</summary>
    public string Kind { get; set; } = "rocksdb";

    /// <summary>Partitions, 1 to 1024; fixed when the log is created. Default 8.</summary>
    public int Partitions { get; set; } = 8;

    /// <summary>Batches older than this may be removed once no replay needs them; null keeps them for ever. Default null.</summary>
    public TimeSpan? MaxAge { get; set; }

    /// <summary>Stored bytes per partition, before compression, above which the oldest batches may be removed; null for no limit. Default null.</summary>
    public long? MaxBytesPerPartition { get; set; }

    /// <summary>Bytes of the largest batch that is taken. Default 16 MiB.</summary>
    public int MaxBatchBytes { get; set; } = 16 << 20;

    /// <summary>Bytes of batches that share one sync; a single larger batch still goes alone. Default 4 MiB.</summary>
    public int GroupCommitMaxBytes { get; set; } = 4 << 20;

    /// <summary>Appends that may wait for their sync; further ones wait at the door. Default 1024.</summary>
    public int MaxQueuedAppends { get; set; } = 1024;

    /// <summary>Bytes collected in memory before they are written as a file. Default 16 MiB.</summary>
    public long WriteBufferBytes { get; set; } = 16L << 20;

    /// <summary>Write buffers, the one being filled included; appends wait when all are full. Default 4.</summary>
    public int WriteBuffers { get; set; } = 4;

    /// <summary>Files are merged in the background. False lets a log with a damaged file take events again: merging stops at the damage, and all appends with it. Default true.</summary>
    public bool MergeFiles { get; set; } = true;
}
