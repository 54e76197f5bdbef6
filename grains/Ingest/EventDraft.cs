using OrleansAnalytics.Events;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// One record on its way through the door: its texts as they came, in UTF-8 and not copied, and what validation makes of them. Filled and used
/// again for record after record; whatever the texts point to must stay as it is until the draft was added.
/// </summary>
public sealed class EventDraft
{
    private readonly ReadOnlyMemory<byte>[] _fields = new ReadOnlyMemory<byte>[DraftFields.Count];

    /// <summary>The text of a field; empty = absent.</summary>
    public ReadOnlyMemory<byte> this[DraftField field]
    {
        get => _fields[(int)field];
        set => _fields[(int)field] = value;
    }

    /// <summary>The producer's identity of the event.</summary>
    public ReadOnlyMemory<byte> EventId { get => this[DraftField.EventId]; set => this[DraftField.EventId] = value; }

    /// <summary>The event time as text; see <see cref="TimeIsUnixMs"/>.</summary>
    public ReadOnlyMemory<byte> EventTime { get => this[DraftField.EventTime]; set => this[DraftField.EventTime] = value; }

    /// <summary>The kind by its name on the wire; see <see cref="DefaultKind"/>.</summary>
    public ReadOnlyMemory<byte> EventType { get => this[DraftField.EventType]; set => this[DraftField.EventType] = value; }

    /// <summary>The product.</summary>
    public ReadOnlyMemory<byte> ProductId { get => this[DraftField.ProductId]; set => this[DraftField.ProductId] = value; }

    /// <summary>The product's category.</summary>
    public ReadOnlyMemory<byte> CategoryId { get => this[DraftField.CategoryId]; set => this[DraftField.CategoryId] = value; }

    /// <summary>The dotted name of the category.</summary>
    public ReadOnlyMemory<byte> CategoryCode { get => this[DraftField.CategoryCode]; set => this[DraftField.CategoryCode] = value; }

    /// <summary>The product's brand.</summary>
    public ReadOnlyMemory<byte> Brand { get => this[DraftField.Brand]; set => this[DraftField.Brand] = value; }

    /// <summary>The price of one piece as text, in currency units.</summary>
    public ReadOnlyMemory<byte> PriceText { get => this[DraftField.Price]; set => this[DraftField.Price] = value; }

    /// <summary>Who did it.</summary>
    public ReadOnlyMemory<byte> UserId { get => this[DraftField.UserId]; set => this[DraftField.UserId] = value; }

    /// <summary>The shop's own session key.</summary>
    public ReadOnlyMemory<byte> UserSession { get => this[DraftField.UserSession]; set => this[DraftField.UserSession] = value; }

    /// <summary>The page.</summary>
    public ReadOnlyMemory<byte> Url { get => this[DraftField.Url]; set => this[DraftField.Url] = value; }

    /// <summary>How long the page was looked at as text, in seconds.</summary>
    public ReadOnlyMemory<byte> PageViewDuration { get => this[DraftField.PageViewDuration]; set => this[DraftField.PageViewDuration] = value; }

    /// <summary>Pieces as text.</summary>
    public ReadOnlyMemory<byte> QuantityText { get => this[DraftField.Quantity]; set => this[DraftField.Quantity] = value; }

    /// <summary>The order that an order line belongs to.</summary>
    public ReadOnlyMemory<byte> TransactionId { get => this[DraftField.TransactionId]; set => this[DraftField.TransactionId] = value; }

    /// <summary>The whole record as it came, for the dead letters and to check its encoding; empty if there is no such text.</summary>
    public ReadOnlyMemory<byte> Raw { get; set; }

    /// <summary>Where <see cref="Raw"/> is no text: tells it as a JSON object for the dead letters, or answers null if it cannot be told. Belongs to the source.</summary>
    public Func<ReadOnlyMemory<byte>, byte[]?>? RawAsJson { get; set; }

    /// <summary>The event time in milliseconds since 1970-01-01 UTC where it came as a number, instead of <see cref="EventTime"/>.</summary>
    public long? UnixMs { get; set; }

    /// <summary>True if <see cref="EventTime"/> is an integer of milliseconds since 1970-01-01 UTC.</summary>
    public bool TimeIsUnixMs { get; set; }

    /// <summary>The kind of records without <see cref="EventType"/>, where the format says so; null if they are of unknown kind.</summary>
    public EventKind? DefaultKind { get; set; }

    /// <summary>Set by validation: event time in milliseconds since 1970-01-01 UTC.</summary>
    public long TimeMs { get; set; }

    /// <summary>Set by validation: the kind.</summary>
    public EventKind Kind { get; set; }

    /// <summary>Set by validation: the price of one piece; zero if there is none.</summary>
    public Money Price { get; set; }

    /// <summary>Set by validation: pieces; 1 if the record says nothing.</summary>
    public int Quantity { get; set; }

    /// <summary>Set by validation: how long the page was looked at, in milliseconds.</summary>
    public long DurationMs { get; set; }

    /// <summary>Set by validation: the identity of a valid event.</summary>
    public EventId Id { get; set; }

    /// <summary>Set by validation that fails: which field it is about, where the reason leaves that open.</summary>
    public string? Detail { get; set; }

    /// <summary>Makes all fields absent and <see cref="Raw"/> empty; keeps <see cref="DefaultKind"/> and <see cref="RawAsJson"/>, which belong to the source.</summary>
    public void Clear()
    {
        Array.Clear(_fields);
        Raw = default;
        UnixMs = null;
        TimeIsUnixMs = false;
        Detail = null;
    }
}
