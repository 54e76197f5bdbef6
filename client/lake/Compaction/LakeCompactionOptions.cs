using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Lake;

/// <summary>When small files of the lake become large ones.</summary>
public sealed class LakeCompactionOptions
{
    /// <summary>Time between two looks; zero never looks. Default 10 minutes.</summary>
    public TimeSpan Every { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>An hour of events with so many files is compacted. Default 16.</summary>
    public int MaxFiles { get; set; } = 16;

    /// <summary>An hour with more than one file is compacted once the lake has events so much later. Default 6 hours.</summary>
    public TimeSpan SettleAfter { get; set; } = TimeSpan.FromHours(6);

    /// <summary>A file that was replaced stays so long, for readers that began before. Default 10 minutes.</summary>
    public TimeSpan KeepReplaced { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Days of events that are kept, counted back from the latest day in the lake; none keeps all. Default none.</summary>
    public int? KeepDays { get; set; }

    /// <summary>Rows from which the only file of a settled hour gets digests, which reports read in its place; below, its events are read as fast. Default 10,000.</summary>
    public long DigestFromRows { get; set; } = 10_000;

    /// <summary>
    /// The longest gap between two events of one session, by event time, of which digests know. In a silo always that of <c>Journeys:SessionTimeout</c>. Default 30 min, from a millisecond to a day.
    /// </summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Memory for sorting; what does not fit is spilled. Default 512 MiB.</summary>
    public long MemoryBytes { get; set; } = 512L << 20;

    /// <summary>Threads. Default 1.</summary>
    public int Threads { get; set; } = 1;
}

/// <summary>Checks <see cref="LakeCompactionOptions"/>, naming every error at once.</summary>
public sealed class LakeCompactionOptionsValidator : IValidateOptions<LakeCompactionOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, LakeCompactionOptions options)
    {
        (string Option, bool Good, string Rule)[] rules =
        [
            (nameof(options.Every), options.Every >= TimeSpan.Zero && options.Every <= TimeSpan.FromDays(7), "zero to seven days"),
            (nameof(options.MaxFiles), options.MaxFiles >= 2, "at least 2"),
            (nameof(options.SettleAfter), options.SettleAfter >= TimeSpan.FromHours(1), "at least an hour"),
            (nameof(options.KeepReplaced), options.KeepReplaced >= TimeSpan.Zero, "zero or longer"),
            (nameof(options.KeepDays), options.KeepDays is null or >= 1, "none, or at least 1"),
            (nameof(options.DigestFromRows), options.DigestFromRows >= 1, "at least 1"),
            (nameof(options.SessionTimeout), options.SessionTimeout >= TimeSpan.FromMilliseconds(1) && options.SessionTimeout <= TimeSpan.FromDays(1), "a millisecond to a day"),
            (nameof(options.MemoryBytes), options.MemoryBytes >= 64L << 20, "at least 67,108,864 bytes"),
            (nameof(options.Threads), options.Threads >= 1, "at least 1"),
        ];
        var errors = rules.Where(rule => !rule.Good).Select(rule => $"Lake:Compaction:{rule.Option} must be {rule.Rule}").ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
