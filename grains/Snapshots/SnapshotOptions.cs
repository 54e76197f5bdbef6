using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Snapshots;

/// <summary>When snapshots of closed periods are written, and what they may cost. Checked at start by <see cref="SnapshotOptionsValidator"/>.</summary>
public sealed class SnapshotOptions
{
    /// <summary>Time between two looks for periods that are due. Default 5 minutes, at least one (the shortest period of a reminder), at most a day.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Hours are written. Default true.</summary>
    public bool Hours { get; set; } = true;

    /// <summary>Days are written. Default true.</summary>
    public bool Days { get; set; } = true;

    /// <summary>Months are written. Default true.</summary>
    public bool Months { get; set; } = true;

    /// <summary>
    /// How long after its end, in event time, a period stays open: it is closed once the lake has events of an hour so much later. What comes later still makes it be
    /// written again. Default an hour, at most 30 days.
    /// </summary>
    public TimeSpan AllowedLateness { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Periods of a kind that are written at one look; the others wait for the next. Default 50.</summary>
    public int PeriodsPerTick { get; set; } = 50;

    /// <summary>How long one report of a period may take, and each part of what its reports share. Default 15 minutes, at most a day.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Memory of one report of a period, in bytes; beyond it the engine spills to disk. Default 512 MiB, from 32 MiB.</summary>
    public long MemoryBytes { get; set; } = 512L << 20;

    /// <summary>Threads that compute; of a silo, one period at a time is computed. Default 1, at most 256.</summary>
    public int Threads { get; set; } = 1;

    /// <summary>A version of a snapshot that was replaced stays so long, for readers that began before. Default 10 minutes, at most 30 days.</summary>
    public TimeSpan KeepReplaced { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>True if periods of that kind are written.</summary>
    public bool Writes(PeriodKind kind) => kind switch { PeriodKind.Hour => Hours, PeriodKind.Day => Days, _ => Months };
}

/// <summary>Checks <see cref="SnapshotOptions"/>, naming every error at once.</summary>
public sealed class SnapshotOptionsValidator : IValidateOptions<SnapshotOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, SnapshotOptions options)
    {
        var (minute, day, month) = (TimeSpan.FromMinutes(1), TimeSpan.FromDays(1), TimeSpan.FromDays(30));
        (string Option, bool Good, string Rule)[] rules =
        [
            (nameof(options.Every), options.Every >= minute && options.Every <= day, "from a minute to a day"),
            (nameof(options.AllowedLateness), options.AllowedLateness >= TimeSpan.Zero && options.AllowedLateness <= month, "zero to 30 days"),
            (nameof(options.PeriodsPerTick), options.PeriodsPerTick is >= 1 and <= 1_000_000, "from 1 to 1,000,000"),
            (nameof(options.TimeLimit), options.TimeLimit > TimeSpan.Zero && options.TimeLimit <= day, "longer than zero and at most a day"),
            (nameof(options.MemoryBytes), options.MemoryBytes is >= 32L << 20 and <= 1L << 44, "at least 33,554,432 bytes"),
            (nameof(options.Threads), options.Threads is >= 1 and <= 256, "from 1 to 256"),
            (nameof(options.KeepReplaced), options.KeepReplaced >= TimeSpan.Zero && options.KeepReplaced <= month, "zero to 30 days"),
        ];
        var errors = rules.Where(rule => !rule.Good).Select(rule => $"Snapshots:{rule.Option} must be {rule.Rule}").ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
