using System.Buffers;
using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Client;

/// <summary>Writes events as lines of JSON.</summary>
internal static class EventLines
{
    public static byte[] Write(IReadOnlyList<ShopEventInput> events)
    {
        var buffer = new ArrayBufferWriter<byte>(events.Count * 256);
        using var json = new Utf8JsonWriter(buffer);
        foreach (var shopEvent in events)
        {
            Write(json, shopEvent);
            json.Flush();
            buffer.Write("\n"u8);
            json.Reset();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, ShopEventInput shopEvent)
    {
        json.WriteStartObject();
        json.WriteString("event_time"u8, shopEvent.EventTime.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        json.WriteString("event_type"u8, shopEvent.Kind.Name());
        Text("product_id", shopEvent.ProductId);
        Text("category_id", shopEvent.CategoryId);
        Text("category_code", shopEvent.CategoryCode);
        Text("brand", shopEvent.Brand);
        if (shopEvent.Price is { } price)
            json.WriteNumber("price"u8, price);
        json.WriteString("user_id"u8, shopEvent.UserId);
        Text("user_session", shopEvent.SessionKey);
        Text("event_id", shopEvent.EventId);
        Text("url", shopEvent.Url);
        if (shopEvent.Duration is { } duration)
            json.WriteNumber("page_view_duration"u8, (decimal)duration.Ticks / TimeSpan.TicksPerSecond);
        if (shopEvent.Quantity is { } quantity)
            json.WriteNumber("quantity"u8, quantity);
        json.WriteEndObject();

        void Text(string name, string? value)
        {
            if (value is not null)
                json.WriteString(name, value);
        }
    }
}
