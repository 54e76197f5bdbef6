using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Journeys;

/// <summary>Asks for journeys where it costs least: the state on this silo, if there is no other that may know more, else the user's grain, wherever it is.</summary>
/// <param name="local">The states on this silo.</param>
/// <param name="entities">References to grains.</param>
public sealed class JourneyQuestions(LocalEntities local, EntityReferences entities)
{
    /// <summary>See <see cref="IUserGrain.GetJourneyAsync"/>.</summary>
    public ValueTask<Journey?> GetAsync(string user, DateTimeOffset? from, DateTimeOffset? to) =>
        local.TryAsk<JourneyFold, Journey?>(new EntityKey(EntityKind.User, user), fold => fold.ToJourney(user, from, to), out var journey)
            ? new(journey)
            : entities.User(user).GetJourneyAsync(from, to);
}
