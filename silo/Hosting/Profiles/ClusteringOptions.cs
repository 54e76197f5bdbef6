using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>How silos find each other, and how soon a lost one is missed. Reminders are kept in the same place.</summary>
public sealed class ClusteringOptions
{
    /// <summary>Which membership: <c>localhost</c> is one silo by itself, <c>postgres</c> and <c>redis</c> are a table that all silos share. Default localhost, or what the profile says.</summary>
    public string Kind { get; set; } = "localhost";

    /// <summary>Silos with the same id are one cluster. Default orleans-analytics.</summary>
    public string ClusterId { get; set; } = "orleans-analytics";

    /// <summary>Reminders belong to this id; it stays the same when clusters come and go. Default orleans-analytics.</summary>
    public string ServiceId { get; set; } = "orleans-analytics";

    /// <summary>How often silos probe each other, and how long an answer may take. Default 2 seconds.</summary>
    public TimeSpan ProbeEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A silo that leaves so many probes in a row unanswered is voted out. Default 3.</summary>
    public int MissedProbes { get; set; } = 3;

    /// <summary>How often a silo writes into the table that it lives; one that has not for twice as long does not keep others from joining. Default 5 seconds.</summary>
    public TimeSpan AliveEvery { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often a silo reads the table although nobody told it that something changed. One that is cut off from the others, or was frozen, learns so that it has been voted
    /// out, and ends. Default 5 seconds.
    /// </summary>
    public TimeSpan ReadEvery { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The data folder of every silo is one and the same folder, as on a network share: only then may the lake and the snapshots of a cluster be in it. Default false.
    /// </summary>
    public bool SharedData { get; set; }
}

/// <summary>Checks <see cref="ClusteringOptions"/>; tells all errors at once.</summary>
public sealed class ClusteringOptionsValidator : IValidateOptions<ClusteringOptions>
{
    private const int LongestId = 150;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ClusteringOptions options)
    {
        (string Option, bool Good, string Rule)[] rules =
        [
            (nameof(options.Kind), !string.IsNullOrWhiteSpace(options.Kind), "the name of a membership"),
            (nameof(options.ClusterId), IsId(options.ClusterId), "1 to 150 characters long"),
            (nameof(options.ServiceId), IsId(options.ServiceId), "1 to 150 characters long"),
            (nameof(options.ProbeEvery), options.ProbeEvery >= TimeSpan.FromMilliseconds(100) && options.ProbeEvery <= TimeSpan.FromMinutes(1), "from 0.1 seconds to a minute"),
            (nameof(options.MissedProbes), options.MissedProbes is >= 1 and <= 100, "from 1 to 100"),
            (nameof(options.AliveEvery), options.AliveEvery >= TimeSpan.FromMilliseconds(100) && options.AliveEvery <= TimeSpan.FromMinutes(10), "from 0.1 seconds to 10 minutes"),
            (nameof(options.ReadEvery), options.ReadEvery >= TimeSpan.FromMilliseconds(100) && options.ReadEvery <= TimeSpan.FromMinutes(10), "from 0.1 seconds to 10 minutes"),
        ];
        var errors = rules.Where(rule => !rule.Good).Select(rule => $"Cluster:{rule.Option} must be {rule.Rule}").ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static bool IsId(string id) => id.Length is > 0 and <= LongestId;
}
