using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Partitions;

/// <summary>Limits of the embedded state database.</summary>
public sealed class StateStoreOptions
{
    /// <summary>Bytes of writes that share one sync; a single larger write still goes alone. Default 4 MiB.</summary>
    public int GroupCommitMaxBytes { get; set; } = 4 << 20;

    /// <summary>Writes that may wait for their sync; further ones wait at the door. Default 65,536.</summary>
    public int MaxQueuedWrites { get; set; } = 65_536;

    /// <summary>Bytes collected in memory before they are written as a file. Default 32 MiB.</summary>
    public long WriteBufferBytes { get; set; } = 32L << 20;

    /// <summary>Bytes of stored state kept in memory for reading. Default 64 MiB.</summary>
    public long BlockCacheBytes { get; set; } = 64L << 20;
}

/// <summary>Checks <see cref="StateStoreOptions"/>; tells all errors at once.</summary>
public sealed class StateStoreOptionsValidator : IValidateOptions<StateStoreOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StateStoreOptions options)
    {
        var errors = new List<string>();
        Check(errors, nameof(options.GroupCommitMaxBytes), options.GroupCommitMaxBytes, 1024);
        Check(errors, nameof(options.MaxQueuedWrites), options.MaxQueuedWrites, 1);
        Check(errors, nameof(options.WriteBufferBytes), options.WriteBufferBytes, 64 << 10);
        Check(errors, nameof(options.BlockCacheBytes), options.BlockCacheBytes, 64 << 10);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Check(List<string> errors, string option, long value, long least)
    {
        if (value < least)
        {
            errors.Add($"{nameof(StateStoreOptions)}.{option} is {value}; it must be at least {least}");
        }
    }
}
