using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Lake;

/// <summary>Checks <see cref="LakeQueryOptions"/> and names every wrong value at once.</summary>
public sealed class LakeQueryOptionsValidator : IValidateOptions<LakeQueryOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, LakeQueryOptions options)
    {
        var errors = new List<string>();
        Within(errors, nameof(options.MemoryLimitBytes), options.MemoryLimitBytes, 32L << 20, 1L << 44);
        Within(errors, nameof(options.Threads), options.Threads, 1, 256);
        Within(errors, nameof(options.MaxTempBytes), options.MaxTempBytes, 1L << 20, 1L << 50);
        Within(errors, nameof(options.TimeLimit), options.TimeLimit, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        Within(errors, nameof(options.MaxRows), options.MaxRows, 1, 10_000_000);
        Within(errors, nameof(options.MaxResultBytes), options.MaxResultBytes, 1024, 1L << 31);
        Within(errors, nameof(options.MaxReportRows), options.MaxReportRows, 1000, 100_000_000);
        Within(errors, nameof(options.MaxSqlLength), options.MaxSqlLength, 100, 1 << 24);
        Within(errors, nameof(options.MaxQueries), options.MaxQueries, 1, 1000);
        Within(errors, nameof(options.SessionTimeout), options.SessionTimeout, TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1));
        if (options.TempDirectory is { Length: 0 })
        {
            errors.Add($"{nameof(LakeQueryOptions)}.{nameof(options.TempDirectory)} is empty; leave it out for the system's folder.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void Within<T>(List<string> errors, string name, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            errors.Add($"{nameof(LakeQueryOptions)}.{name} must lie between {least} and {most}; it is {value}.");
        }
    }
}
