using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Lake;

/// <summary>When and how events are written to the lake.</summary>
public sealed class LakeOptions
{
    /// <summary>Where the lake is: a <c>directory</c> in the data folder, or a container of <c>azure-blobs</c>. Default directory, or what the profile says.</summary>
    public string Kind { get; set; } = "directory";

    /// <summary>Accepted events are kept in the lake. Off, a lake that is there stays as it is, and what comes meanwhile never gets into it. Default true.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Events are in the lake at the latest so long after their checkpoint, if the lake can be written. Default 5 minutes.</summary>
    public TimeSpan WriteEvery { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>… or when so many records of a partition are not there yet. Default 250,000.</summary>
    public long WriteEvents { get; set; } = 250_000;

    /// <summary>Events of a partition held in memory for files that are being written; then the files are closed and further ones begun. Default 250,000.</summary>
    public int MaxEventsHeld { get; set; } = 250_000;

    /// <summary>Partitions of a silo that write to the lake at the same time; others wait for their turn. Default 1.</summary>
    public int MaxWriters { get; set; } = 1;

    /// <summary>Pause before the next try after a failure. Default 10 seconds.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(10);
}

/// <summary>Checks <see cref="LakeOptions"/>, naming every error at once.</summary>
public sealed class LakeOptionsValidator : IValidateOptions<LakeOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, LakeOptions options)
    {
        (string Option, bool Good, string Rule)[] rules =
        [
            (nameof(options.Kind), !string.IsNullOrWhiteSpace(options.Kind), "the name of a place"),
            (nameof(options.WriteEvery), options.WriteEvery > TimeSpan.Zero && options.WriteEvery <= TimeSpan.FromDays(1), "longer than zero and at most a day"),
            (nameof(options.WriteEvents), options.WriteEvents >= 1, "at least 1"),
            (nameof(options.MaxEventsHeld), options.MaxEventsHeld >= 1, "at least 1"),
            (nameof(options.MaxWriters), options.MaxWriters >= 1, "at least 1"),
            (nameof(options.RetryDelay), options.RetryDelay > TimeSpan.Zero && options.RetryDelay <= TimeSpan.FromHours(1), "longer than zero and at most an hour"),
        ];
        var errors = rules.Where(rule => !rule.Good).Select(rule => $"Lake:{rule.Option} must be {rule.Rule}").ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
