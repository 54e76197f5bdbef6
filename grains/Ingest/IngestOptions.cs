using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Ingest;

/// <summary>The limits of the door.</summary>
public sealed class IngestOptions
{
    /// <summary>The longest id, category name or brand, in UTF-8 bytes. Default 256.</summary>
    public int MaxIdLength { get; set; } = 256;

    /// <summary>The longest URL, in UTF-8 bytes. Default 2048.</summary>
    public int MaxUrlLength { get; set; } = 2048;

    /// <summary>The longest record of a body or file, in bytes. Default 1 MiB.</summary>
    public int MaxRecordBytes { get; set; } = 1 << 20;

    /// <summary>How much of a rejected record is kept, in bytes. Default 64 KiB.</summary>
    public int MaxDeadLetterBytes { get; set; } = 1 << 16;

    /// <summary>Dead letters kept per partition; beyond it the oldest expire and are counted. Default 100,000.</summary>
    public int DeadLettersKept { get; set; } = 100_000;

    /// <summary>Bytes of raw text of dead letters kept per partition; beyond it the oldest expire and are counted. Default 64 MiB.</summary>
    public long DeadLetterBytesKept { get; set; } = 64L << 20;

    /// <summary>How long a dead letter is kept after it arrived; then it expires and is counted. Null keeps it for as long as there is room. Default null.</summary>
    public TimeSpan? DeadLettersKeptFor { get; set; }

    /// <summary>How often the bounds of what is kept are enforced. Default 1 min.</summary>
    public TimeSpan DeadLetterSweepEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How far ahead of the clock an event time may lie. Default 1 hour.</summary>
    public TimeSpan MaxClockSkew { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Records gathered, over all partitions, before they are appended to the log. Default 16,384.</summary>
    public int AppendBatchEvents { get; set; } = 16_384;

    /// <summary>Encoded bytes gathered, over all partitions, before they are appended to the log. Default 4 MiB.</summary>
    public int AppendBatchBytes { get; set; } = 4 << 20;

    /// <summary>Rejected records that an answer lists one by one; beyond, they are only counted. Default 1000.</summary>
    public int MaxRejectionsListed { get; set; } = 1000;

    /// <summary>The longest name of a source, in characters. Default 256.</summary>
    public int MaxSourceLength { get; set; } = 256;

    /// <summary>Requests with events that are read at the same time. Default 256.</summary>
    public int MaxRequests { get; set; } = 256;

    /// <summary>Requests with events that may wait, unread, for one of those to end; further ones are refused with 429. Default 256.</summary>
    public int MaxQueuedRequests { get; set; } = 256;

    /// <summary>
    /// Encoded bytes that all requests together may hold, gathered or being appended; beyond it they wait inside, which slows their senders down.
    /// At least 64 KiB for each of <see cref="MaxRequests"/>. Default 64 MiB.
    /// </summary>
    public long MaxPendingBytes { get; set; } = 64L << 20;

    /// <summary>The longest body, unpacked, in bytes; what is beyond is refused with 413. Null for no limit, as bodies are never held. Default null.</summary>
    public long? MaxBodyBytes { get; set; }

    /// <summary>Bytes of a connection that the server reads ahead of what is asked for. Default 256 KiB.</summary>
    public int ConnectionBufferBytes { get; set; } = 256 << 10;

    /// <summary>HTTP connections of all kinds at the same time; further ones are closed without an answer. Default 4096.</summary>
    public int MaxConnections { get; set; } = 4096;

    /// <summary>What clients are told to wait when too many requests wait or the log takes no appends, in whole seconds. Default 5 s.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>Reports every invalid limit at once, at start.</summary>
public sealed class IngestOptionsValidator : IValidateOptions<IngestOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, IngestOptions options)
    {
        var errors = new List<string>();
        Within(errors, nameof(options.MaxIdLength), options.MaxIdLength, 16, 4096);
        Within(errors, nameof(options.MaxUrlLength), options.MaxUrlLength, 16, 65_536);
        Within(errors, nameof(options.MaxRecordBytes), options.MaxRecordBytes, 1024, 64 << 20);
        Within(errors, nameof(options.MaxDeadLetterBytes), options.MaxDeadLetterBytes, 0, options.MaxRecordBytes);
        Within(errors, nameof(options.DeadLettersKept), options.DeadLettersKept, 1, 100_000_000);
        Within(errors, nameof(options.DeadLetterBytesKept), options.DeadLetterBytesKept, 1024, 1L << 40);
        Within(errors, nameof(options.DeadLettersKeptFor), options.DeadLettersKeptFor ?? TimeSpan.FromDays(1), TimeSpan.FromSeconds(1), TimeSpan.FromDays(36_500));
        Within(errors, nameof(options.DeadLetterSweepEvery), options.DeadLetterSweepEvery, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1));
        Within(errors, nameof(options.AppendBatchEvents), options.AppendBatchEvents, 1, 1 << 20);
        Within(errors, nameof(options.AppendBatchBytes), options.AppendBatchBytes, 1024, 256 << 20);
        Within(errors, nameof(options.MaxRejectionsListed), options.MaxRejectionsListed, 0, 1_000_000);
        Within(errors, nameof(options.MaxSourceLength), options.MaxSourceLength, 1, 4096);
        Within(errors, nameof(options.MaxRequests), options.MaxRequests, 1, 1 << 16);
        Within(errors, nameof(options.MaxQueuedRequests), options.MaxQueuedRequests, 0, 1 << 16);
        Within(errors, nameof(options.MaxPendingBytes), options.MaxPendingBytes, (long)DoorRoom.PieceBytes * Math.Max(1, options.MaxRequests), 1L << 40);
        Within(errors, nameof(options.MaxBodyBytes), options.MaxBodyBytes ?? long.MaxValue, 1, long.MaxValue);
        Within(errors, nameof(options.ConnectionBufferBytes), options.ConnectionBufferBytes, 1 << 16, 64 << 20);
        Within(errors, nameof(options.MaxConnections), options.MaxConnections, 1, 1 << 20);
        Within(errors, nameof(options.MaxClockSkew), options.MaxClockSkew, TimeSpan.Zero, TimeSpan.FromDays(3650));
        Within(errors, nameof(options.RetryAfter), options.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Within<T>(List<string> errors, string name, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            errors.Add($"{name} is {value}; it must be from {least} to {most}");
        }
    }
}
