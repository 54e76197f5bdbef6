using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansAnalytics.Events;

/// <summary>The names of <see cref="EventKind"/> on the wire, as in REES46 files: <c>view</c>, <c>cart</c>, <c>remove_from_cart</c>, <c>purchase</c>, <c>page</c>.</summary>
public static class EventKinds
{
    /// <summary>How many kinds there are; arrays by kind are indexed with <see cref="Index"/>.</summary>
    public const int Count = 5;

    /// <summary>All kinds in the order of their numbers.</summary>
    public static IReadOnlyList<EventKind> All { get; } =
        [EventKind.View, EventKind.Cart, EventKind.RemoveFromCart, EventKind.Purchase, EventKind.Page];

    /// <summary>The zero-based index of <paramref name="kind"/> in arrays of length <see cref="Count"/>.</summary>
    public static int Index(this EventKind kind) => (int)kind - 1;

    /// <summary>The name on the wire.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is none of the kinds.</exception>
    public static string Name(this EventKind kind) => kind switch
    {
        EventKind.View => "view",
        EventKind.Cart => "cart",
        EventKind.RemoveFromCart => "remove_from_cart",
        EventKind.Purchase => "purchase",
        EventKind.Page => "page",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not an event kind"),
    };

    /// <summary>Reads a name on the wire (exact, lower case); false if it is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out EventKind kind)
    {
        kind = utf8.Length switch
        {
            4 when utf8.SequenceEqual("view"u8) => EventKind.View,
            4 when utf8.SequenceEqual("cart"u8) => EventKind.Cart,
            4 when utf8.SequenceEqual("page"u8) => EventKind.Page,
            8 when utf8.SequenceEqual("purchase"u8) => EventKind.Purchase,
            16 when utf8.SequenceEqual("remove_from_cart"u8) => EventKind.RemoveFromCart,
            _ => default,
        };
        return kind != default;
    }
}

/// <summary>Writes an <see cref="EventKind"/> as its name on the wire.</summary>
public sealed class EventKindJsonConverter : JsonConverter<EventKind>
{
    /// <inheritdoc/>
    public override EventKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        EventKinds.TryParse(reader.HasValueSequence ? [] : reader.ValueSpan, out var kind)
            ? kind
            : throw new JsonException("not an event kind");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EventKind value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Name());

    /// <inheritdoc/>
    public override EventKind ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Read(ref reader, typeToConvert, options);

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, EventKind value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.Name());
}
