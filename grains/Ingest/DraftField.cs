namespace OrleansAnalytics.Ingest;

/// <summary>The texts a record may carry, by their names in REES46 files and JSON.</summary>
public enum DraftField : byte
{
    /// <summary><c>event_id</c>: the producer's own identity of the event.</summary>
    EventId,

    /// <summary><c>event_time</c>.</summary>
    EventTime,

    /// <summary><c>event_type</c>.</summary>
    EventType,

    /// <summary><c>product_id</c>.</summary>
    ProductId,

    /// <summary><c>category_id</c>.</summary>
    CategoryId,

    /// <summary><c>category_code</c>.</summary>
    CategoryCode,

    /// <summary><c>brand</c>.</summary>
    Brand,

    /// <summary><c>price</c> of one piece, in currency units.</summary>
    Price,

    /// <summary><c>user_id</c>.</summary>
    UserId,

    /// <summary><c>user_session</c>.</summary>
    UserSession,

    /// <summary><c>url</c>.</summary>
    Url,

    /// <summary><c>page_view_duration</c>, in seconds.</summary>
    PageViewDuration,

    /// <summary><c>quantity</c>, in pieces.</summary>
    Quantity,

    /// <summary><c>transaction_id</c> of an order; several lines may share one, so it is part of an event's identity and not the whole of it.</summary>
    TransactionId,
}

/// <summary>Names of <see cref="DraftField"/> on the wire.</summary>
public static class DraftFields
{
    /// <summary>How many fields there are.</summary>
    public const int Count = 14;

    /// <summary>The name on the wire.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is none of the fields.</exception>
    public static string Name(this DraftField field) => field switch
    {
        DraftField.EventId => "event_id",
        DraftField.EventTime => "event_time",
        DraftField.EventType => "event_type",
        DraftField.ProductId => "product_id",
        DraftField.CategoryId => "category_id",
        DraftField.CategoryCode => "category_code",
        DraftField.Brand => "brand",
        DraftField.Price => "price",
        DraftField.UserId => "user_id",
        DraftField.UserSession => "user_session",
        DraftField.Url => "url",
        DraftField.PageViewDuration => "page_view_duration",
        DraftField.Quantity => "quantity",
        DraftField.TransactionId => "transaction_id",
        _ => throw new ArgumentOutOfRangeException(nameof(field), field, "not a field"),
    };

    /// <summary>Reads a name on the wire (exact, lower case); false if it is none.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out DraftField field)
    {
        DraftField? found = utf8.Length switch
        {
            3 when utf8.SequenceEqual("url"u8) => DraftField.Url,
            5 when utf8.SequenceEqual("brand"u8) => DraftField.Brand,
            5 when utf8.SequenceEqual("price"u8) => DraftField.Price,
            7 when utf8.SequenceEqual("user_id"u8) => DraftField.UserId,
            8 when utf8.SequenceEqual("event_id"u8) => DraftField.EventId,
            8 when utf8.SequenceEqual("quantity"u8) => DraftField.Quantity,
            10 when utf8.SequenceEqual("event_time"u8) => DraftField.EventTime,
            10 when utf8.SequenceEqual("event_type"u8) => DraftField.EventType,
            10 when utf8.SequenceEqual("product_id"u8) => DraftField.ProductId,
            11 when utf8.SequenceEqual("category_id"u8) => DraftField.CategoryId,
            12 when utf8.SequenceEqual("user_session"u8) => DraftField.UserSession,
            13 when utf8.SequenceEqual("category_code"u8) => DraftField.CategoryCode,
            14 when utf8.SequenceEqual("transaction_id"u8) => DraftField.TransactionId,
            18 when utf8.SequenceEqual("page_view_duration"u8) => DraftField.PageViewDuration,
            _ => null,
        };
        field = found.GetValueOrDefault();
        return found.HasValue;
    }
}
