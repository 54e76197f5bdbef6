using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Journeys;

/// <summary>How journeys are cut into sessions, and how much of one is kept in its grain. Totals are exact whatever the limits.</summary>
public sealed class JourneyOptions
{
    /// <summary>The longest gap between two events of one session, by event time. Default 30 minutes; at least a millisecond, at most a day.</summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Sessions kept per user; beyond it the oldest are dropped and stay counted. Default 200; 1 to 10,000.</summary>
    public int MaxSessionsKept { get; set; } = 200;

    /// <summary>Steps kept per session; beyond it the oldest are dropped and stay counted. Default 1000; 1 to 100,000.</summary>
    public int MaxStepsPerSession { get; set; } = 1000;

    /// <summary>
    /// Encoded bytes of all kept steps of a user (a product step takes about 15); beyond it the oldest sessions are dropped and stay counted.
    /// Default 262,144; 16,384 to 16,777,216.
    /// </summary>
    public int MaxStepBytes { get; set; } = 256 * 1024;

    /// <summary>
    /// Products per user of which the last cart actions are remembered; beyond it settled ones are dropped first, oldest first. Default 500; 1 to 10,000.
    /// </summary>
    public int MaxCartLines { get; set; } = 500;
}

/// <summary>Checks <see cref="JourneyOptions"/> and reports every error at once.</summary>
public sealed class JourneyOptionsValidator : IValidateOptions<JourneyOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, JourneyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var errors = new List<string>();
        if (options.SessionTimeout < TimeSpan.FromMilliseconds(1) || options.SessionTimeout > TimeSpan.FromDays(1))
        {
            errors.Add($"Journeys:SessionTimeout is {options.SessionTimeout}; it must be between a millisecond and a day.");
        }

        CheckRange(errors, nameof(options.MaxSessionsKept), options.MaxSessionsKept, 1, 10_000);
        CheckRange(errors, nameof(options.MaxStepsPerSession), options.MaxStepsPerSession, 1, 100_000);
        CheckRange(errors, nameof(options.MaxStepBytes), options.MaxStepBytes, 16 * 1024, 16 * 1024 * 1024);
        CheckRange(errors, nameof(options.MaxCartLines), options.MaxCartLines, 1, 10_000);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static void CheckRange(List<string> errors, string option, int value, int least, int most)
    {
        if (value < least || value > most)
        {
            errors.Add($"Journeys:{option} is {value}; it must be between {least} and {most}.");
        }
    }
}
