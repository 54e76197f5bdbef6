using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;

namespace OrleansAnalytics.Journeys;

/// <summary>One shopper's journey.</summary>
[GrainType(GrainTypes.User)]
[PlacedAtHome]
public sealed class UserGrain(EntityMaker<JourneyFold> maker, LocalEntities local) : EntityGrain<JourneyFold>(maker, local), IUserGrain
{
    /// <inheritdoc/>
    public ValueTask<Journey?> GetJourneyAsync(DateTimeOffset? from, DateTimeOffset? to) =>
        AskAsync(fold => fold.ToJourney(this.GetPrimaryKeyString(), from, to));
}
