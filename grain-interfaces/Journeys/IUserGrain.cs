using Orleans.Concurrency;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Journeys;

/// <summary>One shopper; the key is the user id.</summary>
[Alias("IUserGrain")]
public interface IUserGrain : IEntityGrain
{
    /// <summary>
    /// The journey, or null if nothing is known of the user. <paramref name="from"/> (inclusive) and <paramref name="to"/> (exclusive) cut
    /// sessions and steps by event time; totals are always over all time.
    /// </summary>
    [AlwaysInterleave, Alias("GetJourney")]
    ValueTask<Journey?> GetJourneyAsync(DateTimeOffset? from, DateTimeOffset? to);
}
