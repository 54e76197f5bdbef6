using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Journeys;

/// <summary>One shopper's journey.</summary>
[GrainType(GrainTypes.User)]
[PlacedAtHome]
public sealed class UserGrain(
    IOptions<JourneyOptions> options,
    [FromKeyedServices(GrainTypes.EntityStorage)] IGrainStorage storage,
    LocalEntities local,
    ILogger<UserGrain> logger)
    : EntityGrain<JourneyFold>(new JourneyFold(options.Value), storage, local, logger), IUserGrain
{
    /// <inheritdoc/>
    public ValueTask<Journey?> GetJourneyAsync(DateTimeOffset? from, DateTimeOffset? to) =>
        AskAsync(fold => fold.ToJourney(this.GetPrimaryKeyString(), from, to));
}
