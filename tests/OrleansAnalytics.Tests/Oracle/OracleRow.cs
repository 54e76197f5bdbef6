using System.Globalization;
using System.Text.RegularExpressions;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Tests.Oracle;

/// <summary>An accepted row of a REES46 file.</summary>
public sealed partial record OracleRow(
    int Line, long TimeMs, EventKind Kind, string User, string? Session, string Product, string? Category, string? Code, string? Brand, decimal Price)
{
    /// <summary>Reads one line by the order of reasons in the definitions; either a row or why not. No quoted fields: the samples have none.</summary>
    public static (OracleRow? Row, RejectReason? Rejected) Read(string line, int number, IReadOnlyDictionary<string, int> columns)
    {
        var fields = line.Split(',');
        if (fields.Length != columns.Count)
        {
            return (null, RejectReason.Malformed);
        }

        string? Field(string name) => columns.TryGetValue(name, out var index) && fields[index].Length > 0 ? fields[index] : null;

        if (!DateTime.TryParseExact(
            Field("event_time"), "yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return (null, RejectReason.BadTime);
        }

        if (KindOf(Field("event_type")) is not { } kind)
        {
            return (null, RejectReason.UnknownKind);
        }

        if (Field("user_id") is not { } user)
        {
            return (null, RejectReason.MissingUser);
        }

        if (Field("product_id") is not { } product)
        {
            return (null, RejectReason.MissingProduct);
        }

        if (!decimal.TryParse(Field("price") ?? "0", NumberStyles.Float, CultureInfo.InvariantCulture, out var price) || price < 0)
        {
            return (null, RejectReason.BadPrice);
        }

        if (new[] { user, product, Field("category_id") }.Any(id => id is not null && Mangled().IsMatch(id)))
        {
            return (null, RejectReason.MangledId);
        }

        var timeMs = (long)(time - DateTime.UnixEpoch).TotalMilliseconds;
        return (new OracleRow(number, timeMs, kind, user, Field("user_session"), product, Field("category_id"), Field("category_code"), Field("brand"), price), null);
    }

    private static EventKind? KindOf(string? name) => name switch
    {
        "view" => EventKind.View,
        "cart" => EventKind.Cart,
        "remove_from_cart" => EventKind.RemoveFromCart,
        "purchase" => EventKind.Purchase,
        _ => null,
    };

    [GeneratedRegex(@"^\d+(\.\d+)?[eE]\+?\d+$")]
    private static partial Regex Mangled();
}
