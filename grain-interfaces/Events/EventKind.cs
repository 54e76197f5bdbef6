using System.Text.Json.Serialization;

namespace OrleansAnalytics.Events;

/// <summary>What a shopper did. Numbers are stored, so they never change meaning.</summary>
[JsonConverter(typeof(EventKindJsonConverter))]
public enum EventKind : byte
{
    /// <summary>A product was looked at.</summary>
    View = 1,

    /// <summary>A product was put into the cart.</summary>
    Cart = 2,

    /// <summary>A product was taken out of the cart.</summary>
    RemoveFromCart = 3,

    /// <summary>A product was bought.</summary>
    Purchase = 4,

    /// <summary>A page was visited; carries a URL and a duration instead of a product.</summary>
    Page = 5,
}
