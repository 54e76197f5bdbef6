using System.Text.Unicode;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// The rules of the door as an ordered list of steps. Each answers the reason it stands for, or null; the first that holds wins. Steps write
/// what they parse into the draft and know neither clock nor log.
/// </summary>
public static class EventValidation
{
    /// <summary>The highest price, duration in seconds, or price × quantity: 10¹².</summary>
    public const long LargestAmount = 1_000_000_000_000;

    /// <summary>The highest quantity: 10⁶ pieces.</summary>
    public const long LargestQuantity = 1_000_000;

    private const int DurationDecimals = 3;
    private const int MoneyDecimals = 4;

    private static readonly Step[] Ordered =
        [Malformed, BadTime, UnknownKind, MissingUser, MissingProduct, BadPrice, MangledId, TooLong, InTheFuture];

    /// <summary>One rule.</summary>
    /// <param name="draft">The record; parsed values are written to it.</param>
    /// <param name="options">The limits.</param>
    /// <param name="nowMs">The door's clock, in milliseconds since 1970-01-01 UTC.</param>
    public delegate RejectReason? Step(EventDraft draft, IngestOptions options, long nowMs);

    /// <summary>The steps in the order of <see cref="RejectReasons.AtTheDoor"/>.</summary>
    public static IReadOnlyList<Step> Steps => Ordered;

    /// <summary>Runs the steps. On success all parsed values of the draft are set, its identity too.</summary>
    /// <returns>The first reason that holds, or null if the event is valid.</returns>
    public static RejectReason? Check(EventDraft draft, IngestOptions options, long nowMs)
    {
        foreach (var step in Ordered)
        {
            if (step(draft, options, nowMs) is { } reason)
            {
                return reason;
            }
        }

        draft.Id = draft.EventId.IsEmpty
            ? EventIds.FromFields(draft)
            : EventIds.FromProducer(draft.UserId.Span, draft.EventId.Span);
        return null;
    }

    /// <summary>Not UTF-8. Framing and parsing find whatever else makes a record malformed before there is a draft.</summary>
    public static RejectReason? Malformed(EventDraft draft, IngestOptions options, long nowMs)
    {
        if (!draft.Raw.IsEmpty && draft.RawAsJson is null)
        {
            return Utf8.IsValid(draft.Raw.Span) ? null : RejectReason.Malformed;
        }

        for (var field = 0; field < DraftFields.Count; field++)
        {
            var text = draft[(DraftField)field];
            if (!text.IsEmpty && !Utf8.IsValid(text.Span))
            {
                draft.Detail = ((DraftField)field).Name();
                return RejectReason.Malformed;
            }
        }

        return null;
    }

    /// <summary>No event time, unreadable, or outside 1970 to 9999.</summary>
    public static RejectReason? BadTime(EventDraft draft, IngestOptions options, long nowMs)
    {
        if (draft.UnixMs is { } unixMs)
        {
            draft.TimeMs = unixMs;
            return TimeText.IsInRange(unixMs) ? null : RejectReason.BadTime;
        }

        var text = draft.EventTime.Span;
        var good = draft.TimeIsUnixMs ? TimeText.TryParseUnixMs(text, out var timeMs) : TimeText.TryParse(text, out timeMs);
        draft.TimeMs = timeMs;
        return good ? null : RejectReason.BadTime;
    }

    /// <summary>The kind is none of the five; an absent one is what the format says.</summary>
    public static RejectReason? UnknownKind(EventDraft draft, IngestOptions options, long nowMs)
    {
        var text = draft.EventType.Span;
        if (text.IsEmpty)
        {
            draft.Kind = draft.DefaultKind.GetValueOrDefault();
            return draft.DefaultKind.HasValue ? null : RejectReason.UnknownKind;
        }

        var good = EventKinds.TryParse(text, out var kind);
        draft.Kind = kind;
        return good ? null : RejectReason.UnknownKind;
    }

    /// <summary>No user.</summary>
    public static RejectReason? MissingUser(EventDraft draft, IngestOptions options, long nowMs) =>
        draft.UserId.IsEmpty ? RejectReason.MissingUser : null;

    /// <summary>No product, or for a page visit no URL.</summary>
    public static RejectReason? MissingProduct(EventDraft draft, IngestOptions options, long nowMs) =>
        (draft.Kind == EventKind.Page ? draft.Url : draft.ProductId).IsEmpty ? RejectReason.MissingProduct : null;

    /// <summary>Price, quantity or duration is negative, not a number or too large. Absent: nothing, one piece, no time.</summary>
    public static RejectReason? BadPrice(EventDraft draft, IngestOptions options, long nowMs)
    {
        if (!TryNumber(draft.PriceText.Span, MoneyDecimals, absent: 0, out var units) || units > LargestAmount * Money.Scale)
        {
            return Bad(draft, DraftField.Price);
        }

        if (!TryQuantity(draft.QuantityText.Span, out var quantity))
        {
            return Bad(draft, DraftField.Quantity);
        }

        if (!TryNumber(draft.PageViewDuration.Span, DurationDecimals, absent: 0, out var durationMs) || durationMs > LargestAmount * 1000)
        {
            return Bad(draft, DraftField.PageViewDuration);
        }

        if (units > LargestAmount * Money.Scale / quantity)
        {
            draft.Detail = "price × quantity";
            return RejectReason.BadPrice;
        }

        draft.Price = new Money(units);
        draft.Quantity = (int)quantity;
        draft.DurationMs = durationMs;
        return null;
    }

    /// <summary>Product, category or user in floating-point notation: digits are lost, and different ids have become one.</summary>
    public static RejectReason? MangledId(EventDraft draft, IngestOptions options, long nowMs) =>
        IsMangled(draft, DraftField.ProductId) || IsMangled(draft, DraftField.CategoryId) || IsMangled(draft, DraftField.UserId)
            ? RejectReason.MangledId
            : null;

    /// <summary>A field is longer than its limit.</summary>
    public static RejectReason? TooLong(EventDraft draft, IngestOptions options, long nowMs)
    {
        var most = options.MaxIdLength;
        return IsLong(draft, DraftField.UserId, most) || IsLong(draft, DraftField.UserSession, most) || IsLong(draft, DraftField.ProductId, most)
            || IsLong(draft, DraftField.CategoryId, most) || IsLong(draft, DraftField.CategoryCode, most) || IsLong(draft, DraftField.Brand, most)
            || IsLong(draft, DraftField.EventId, most) || IsLong(draft, DraftField.TransactionId, most) || IsLong(draft, DraftField.Url, options.MaxUrlLength)
            ? RejectReason.TooLong
            : null;
    }

    /// <summary>The event time lies further ahead of the clock than the skew allowed: it would push the watermark past honest events.</summary>
    public static RejectReason? InTheFuture(EventDraft draft, IngestOptions options, long nowMs) =>
        draft.TimeMs > nowMs + (long)options.MaxClockSkew.TotalMilliseconds ? RejectReason.InTheFuture : null;

    private static RejectReason Bad(EventDraft draft, DraftField field)
    {
        draft.Detail = field.Name();
        return RejectReason.BadPrice;
    }

    private static bool TryNumber(ReadOnlySpan<byte> text, int decimals, long absent, out long scaled)
    {
        scaled = absent;
        return text.IsEmpty || DecimalText.TryParse(text, decimals, out scaled, out _);
    }

    private static bool TryQuantity(ReadOnlySpan<byte> text, out long quantity)
    {
        quantity = 1;
        return text.IsEmpty
            || (DecimalText.TryParse(text, 0, out quantity, out var exact) && exact && quantity is >= 1 and <= LargestQuantity);
    }

    private static bool IsMangled(EventDraft draft, DraftField field)
    {
        if (!MangledIds.IsMangled(draft[field].Span))
        {
            return false;
        }

        draft.Detail = field.Name();
        return true;
    }

    private static bool IsLong(EventDraft draft, DraftField field, int most)
    {
        if (draft[field].Length <= most)
        {
            return false;
        }

        draft.Detail = field.Name();
        return true;
    }
}
