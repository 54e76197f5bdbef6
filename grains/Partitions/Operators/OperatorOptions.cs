using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>What the operators of a partition remember. Limits are per partition; reaching one is counted in the partition's status.</summary>
public sealed class OperatorOptions
{
    /// <summary>How far behind the highest event time an event may come and still be in time. Later ones count as late. Default 1 hour.</summary>
    public TimeSpan AllowedLateness { get; set; } = TimeSpan.FromHours(1);

    /// <summary>A longer gap between two events of a session key begins a new session. Always that of <c>Journeys:SessionTimeout</c>, so that journeys and reports agree. Default 30 minutes.</summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Ids the deduplicator remembers, the latest ones. 16 bytes each on disk, about 40 in memory. Default 1,000,000.</summary>
    public int DeduplicationWindow { get; set; } = 1_000_000;

    /// <summary>Sessions kept open for further events, half a kilobyte each; beyond it the one untouched for longest is closed. Default 400,000.</summary>
    public int MaxSessions { get; set; } = 400_000;

    /// <summary>Ended sessions and rate windows stay open to stragglers for this many further events of the partition. Default 50,000.</summary>
    public int StragglerEvents { get; set; } = 50_000;

    /// <summary>Products remembered per session for cart outcomes. Default 1,000.</summary>
    public int MaxCartProducts { get; set; } = 1_000;

    /// <summary>Length of the windows in which a user's events are counted. Default 10 seconds.</summary>
    public TimeSpan RateWindow { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>More events of one user than this in a window are over the rate. Default 10.</summary>
    public int RateLimit { get; set; } = 10;

    /// <summary>(user, window) pairs counted at the same time. Default 200,000.</summary>
    public int MaxRateWindows { get; set; } = 200_000;

    /// <summary>Days for which distinct visitors are known one by one; older days keep their number. Default 400.</summary>
    public int MaxVisitorDays { get; set; } = 400;

    /// <summary>Hours in the site's counters. Default 87,600 (ten years).</summary>
    public int MaxHours { get; set; } = 87_600;

    /// <summary>Categories in the site's counters, and in those of sessions. Default 20,000.</summary>
    public int MaxCategories { get; set; } = 20_000;

    /// <summary>Brands in the site's counters. Default 50,000.</summary>
    public int MaxBrands { get; set; } = 50_000;

    /// <summary>Sub-categories (second parts of category names) in the site's counters. Default 10,000.</summary>
    public int MaxSubCategories { get; set; } = 10_000;

    /// <summary>Latest days for which events are known by category; older ones are forgotten. At least 14, two of the periods that are compared. Default 62.</summary>
    public int MaxCategoryDays { get; set; } = 62;

    /// <summary>Categories of one session followed through the funnel. Default 100.</summary>
    public int MaxFunnelCategories { get; set; } = 100;

    /// <summary>Times of cart events kept for one session, or one category of it, as long as it has no view before them and no purchase after them. Default 100.</summary>
    public int MaxFunnelCarts { get; set; } = 100;

    /// <summary>Days of sessions' starts in the funnel. Default 3,660 (ten years).</summary>
    public int MaxFunnelDays { get; set; } = 3_660;

    /// <summary>Products with carts in the site's counters. Default 100,000.</summary>
    public int MaxCartProductTallies { get; set; } = 100_000;

    /// <summary>(day, user) pairs of which the spend is known; beyond it the oldest day is forgotten, all but its sum. Default 50,000.</summary>
    public int MaxSpendRows { get; set; } = 50_000;

    /// <summary>Pages (URLs) in the site's counters. Default 20,000.</summary>
    public int MaxPages { get; set; } = 20_000;

    /// <summary>Distinct users (of all events and, separately, of page visits) and products counted. 8 bytes each on disk, about 20 in memory. Default 10,000,000.</summary>
    public int MaxDistinct { get; set; } = 10_000_000;
}

/// <summary>Checks <see cref="OperatorOptions"/>, naming every error at once.</summary>
public sealed class OperatorOptionsValidator : IValidateOptions<OperatorOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, OperatorOptions options)
    {
        var errors = new List<string>();
        AtLeast(nameof(options.AllowedLateness), options.AllowedLateness, TimeSpan.Zero);
        AtLeast(nameof(options.SessionTimeout), options.SessionTimeout, TimeSpan.FromSeconds(1));
        AtLeast(nameof(options.RateWindow), options.RateWindow, TimeSpan.FromMilliseconds(1));
        AtLeast(nameof(options.DeduplicationWindow), options.DeduplicationWindow, 1);
        AtLeast(nameof(options.MaxSessions), options.MaxSessions, 1);
        AtLeast(nameof(options.StragglerEvents), options.StragglerEvents, 0);
        AtLeast(nameof(options.MaxCartProducts), options.MaxCartProducts, 1);
        AtLeast(nameof(options.RateLimit), options.RateLimit, 1);
        AtLeast(nameof(options.MaxRateWindows), options.MaxRateWindows, 1);
        AtLeast(nameof(options.MaxVisitorDays), options.MaxVisitorDays, 1);
        AtLeast(nameof(options.MaxHours), options.MaxHours, 1);
        AtLeast(nameof(options.MaxCategories), options.MaxCategories, 1);
        AtLeast(nameof(options.MaxBrands), options.MaxBrands, 1);
        AtLeast(nameof(options.MaxSubCategories), options.MaxSubCategories, 1);
        AtLeast(nameof(options.MaxCategoryDays), options.MaxCategoryDays, 14);
        AtLeast(nameof(options.MaxFunnelCategories), options.MaxFunnelCategories, 1);
        AtLeast(nameof(options.MaxFunnelCarts), options.MaxFunnelCarts, 2);
        AtLeast(nameof(options.MaxFunnelDays), options.MaxFunnelDays, 1);
        AtLeast(nameof(options.MaxCartProductTallies), options.MaxCartProductTallies, 1);
        AtLeast(nameof(options.MaxSpendRows), options.MaxSpendRows, 1);
        AtLeast(nameof(options.MaxPages), options.MaxPages, 1);
        AtLeast(nameof(options.MaxDistinct), options.MaxDistinct, 1);
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void AtLeast<T>(string option, T value, T least)
            where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0)
            {
                errors.Add($"Operators:{option} is {value}; it must be at least {least}");
            }
        }
    }
}
