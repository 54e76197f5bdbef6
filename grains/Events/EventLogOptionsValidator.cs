using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Events;

/// <summary>Checks <see cref="EventLogOptions"/>; tells all errors at once.</summary>
public sealed class EventLogOptionsValidator : IValidateOptions<EventLogOptions>
{
    private const int MaxPartitions = 1024;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, EventLogOptions options)
    {
        var errors = new List<string>();
        Check(errors, options.Partitions is >= 1 and <= MaxPartitions, nameof(options.Partitions), options.Partitions, $"1 to {MaxPartitions}");
        Check(errors, !string.IsNullOrWhiteSpace(options.Kind), nameof(options.Kind), options.Kind, "the name of a log");
        Check(errors, options.MaxAge is not { } age || age > TimeSpan.Zero, nameof(options.MaxAge), options.MaxAge, "above zero, or none");
        Check(
            errors, options.MaxBytesPerPartition is not <= 0, nameof(options.MaxBytesPerPartition), options.MaxBytesPerPartition, "above zero, or none");
        Check(errors, options.MaxBatchBytes >= 1024, nameof(options.MaxBatchBytes), options.MaxBatchBytes, "at least 1024 bytes");
        Check(errors, options.GroupCommitMaxBytes >= 1024, nameof(options.GroupCommitMaxBytes), options.GroupCommitMaxBytes, "at least 1024 bytes");
        Check(errors, options.MaxQueuedAppends >= 1, nameof(options.MaxQueuedAppends), options.MaxQueuedAppends, "at least 1");
        Check(errors, options.WriteBufferBytes >= 64 << 10, nameof(options.WriteBufferBytes), options.WriteBufferBytes, "at least 64 KiB");
        Check(errors, options.WriteBuffers >= 2, nameof(options.WriteBuffers), options.WriteBuffers, "at least 2");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Check(List<string> errors, bool holds, string option, object? value, string rule)
    {
        if (!holds)
        {
            errors.Add($"{nameof(EventLogOptions)}.{option} is {value}; it must be {rule}");
        }
    }
}
