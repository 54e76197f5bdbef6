using System.Text.Json;
using System.Text.Json.Serialization;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Client;

/// <summary>One user's history as the server answers it over HTTP.</summary>
public sealed record UserJourney
{
    /// <summary>The user.</summary>
    public required string UserId { get; init; }

    /// <summary>Events over all time.</summary>
    public long Events { get; init; }

    /// <summary>Events over all time by kind (<c>view</c>); kinds without events are absent.</summary>
    public IReadOnlyDictionary<string, long> Kinds { get; init; } = new Dictionary<string, long>();

    /// <summary>Sessions over all time.</summary>
    public long Sessions { get; init; }

    /// <summary>Sum of purchases over all time.</summary>
    public Money Revenue { get; init; }

    /// <summary>First event time.</summary>
    public DateTimeOffset FirstSeen { get; init; }

    /// <summary>Last event time.</summary>
    public DateTimeOffset LastSeen { get; init; }

    /// <summary>Products put into the cart, and since neither removed nor bought.</summary>
    public IReadOnlyList<OpenCartLine> OpenCart { get; init; } = [];

    /// <summary>True if a part of the asked period is no longer kept.</summary>
    public bool Truncated { get; init; }

    /// <summary>The border: older steps of the asked period come from the lake, if a begin was asked for; null if no step was ever dropped.</summary>
    public DateTimeOffset? KeptFrom { get; init; }

    /// <summary>What of the asked period the lake could not give, and why; null if nothing is missing, or if the lake was not asked.</summary>
    public string? LakeNote { get; init; }

    /// <summary>All steps within the asked period, by time.</summary>
    public IReadOnlyList<JourneyStep> Steps { get; init; } = [];

    /// <summary>The same by session, oldest first.</summary>
    public IReadOnlyList<JourneySession> SessionList { get; init; } = [];
}

/// <summary>A product in an open cart.</summary>
/// <param name="ProductId">The product.</param>
/// <param name="Price">Price of one piece.</param>
/// <param name="Since">When it was last put in.</param>
public sealed record OpenCartLine(string ProductId, Money Price, DateTimeOffset Since);

/// <summary>A session of a journey.</summary>
/// <param name="Key">The shop's session key, if it sends one.</param>
/// <param name="Start">First event time.</param>
/// <param name="End">Last event time.</param>
/// <param name="Events">All its events, also those no longer kept.</param>
/// <param name="Steps">The kept ones.</param>
public sealed record JourneySession(string? Key, DateTimeOffset Start, DateTimeOffset End, long Events, IReadOnlyList<JourneyStep> Steps);

/// <summary>One event of a journey; on the wire <c>[time, kind, subject, price]</c>.</summary>
/// <param name="Time">Event time.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Subject">The product, or the page's URL.</param>
/// <param name="Price">Price of one piece.</param>
[JsonConverter(typeof(JourneyStepConverter))]
public sealed record JourneyStep(DateTimeOffset Time, EventKind Kind, string Subject, Money Price);

internal sealed class JourneyStepConverter : JsonConverter<JourneyStep>
{
    public override JourneyStep Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new JsonException("a step is an array");
        reader.Read();
        var time = reader.GetDateTimeOffset();
        reader.Read();
        if (reader.TokenType != JsonTokenType.String || !EventKinds.TryParse(reader.ValueSpan, out var kind))
            throw new JsonException("not an event kind");
        reader.Read();
        var subject = reader.GetString() ?? "";
        reader.Read();
        var price = reader.TokenType == JsonTokenType.Null ? Money.Zero : Money.FromAmount(reader.GetDecimal());
        // Later servers may add elements.
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            reader.Skip();
        return new JourneyStep(time, kind, subject, price);
    }

    public override void Write(Utf8JsonWriter writer, JourneyStep value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(value.Time);
        writer.WriteStringValue(value.Kind.Name());
        writer.WriteStringValue(value.Subject);
        writer.WriteNumberValue(value.Price.Amount);
        writer.WriteEndArray();
    }
}
