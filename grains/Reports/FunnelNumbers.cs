using System.Text.Json;

namespace OrleansAnalytics.Reports;

/// <summary>How reports show how far sessions came. A step's drop-off is the share of the step before it that did not reach it; none if nothing reached that.</summary>
internal static class FunnelNumbers
{
    /// <summary>The columns of <see cref="Of"/>.</summary>
    public static readonly ReportColumn[] Columns =
    [
        new("sessions", ReportColumnType.Integer),
        new("view", ReportColumnType.Integer),
        new("cart", ReportColumnType.Integer),
        new("purchase", ReportColumnType.Integer),
        new("view_drop_off", ReportColumnType.Decimal),
        new("cart_drop_off", ReportColumnType.Decimal),
        new("purchase_drop_off", ReportColumnType.Decimal),
    ];

    /// <summary>A row's cells.</summary>
    public static object?[] Of(FunnelTally tally) =>
    [
        tally.Sessions, tally.View, tally.Cart, tally.Purchase,
        DropOff(tally.View, tally.Sessions), DropOff(tally.Cart, tally.View), DropOff(tally.Purchase, tally.Cart),
    ];

    /// <summary>The share of <paramref name="before"/> that did not reach <paramref name="step"/>.</summary>
    public static decimal? DropOff(long step, long before) => ReportJson.Share(before - step, before);

    /// <summary>The steps into the current object.</summary>
    public static void Write(Utf8JsonWriter writer, FunnelTally tally)
    {
        writer.WriteNumber("sessions", tally.Sessions);
        writer.WriteNumber("view", tally.View);
        writer.WriteNumber("cart", tally.Cart);
        writer.WriteNumber("purchase", tally.Purchase);
    }
}
