namespace OrleansAnalytics.Events;

/// <summary>
/// The 128-bit identity of an event: a hash of the user and the producer's <c>event_id</c>, or, without one, of all its fields.
/// Two events with one id are one event. 2⁻¹²⁸ per pair: a collision is not expected within the life of any shop.
/// </summary>
[GenerateSerializer, Immutable, Alias("event-id")]
public readonly record struct EventId([property: Id(0)] ulong High, [property: Id(1)] ulong Low)
{
    /// <summary>The id is a hash already: half of it will do.</summary>
    public override int GetHashCode() => (int)Low;

    /// <inheritdoc/>
    public override string ToString() => $"{High:x16}{Low:x16}";
}
