using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Reports;

/// <summary>The conventions that the JSON of all reports shares.</summary>
internal static class ReportJson
{
    private const int Decimals = 6;

    /// <summary>What <paramref name="write"/> writes, without white space.</summary>
    public static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary><c>"view":3,"cart":1</c> into the current object; kinds without events are left out.</summary>
    public static void WriteKinds(Utf8JsonWriter writer, KindTally tally)
    {
        foreach (var kind in EventKinds.All)
        {
            WriteUnlessZero(writer, kind.Name(), tally.Events[kind.Index()]);
        }
    }

    /// <summary>A number of the current object that is left out when it is 0.</summary>
    public static void WriteUnlessZero(Utf8JsonWriter writer, string name, long count)
    {
        if (count != 0)
        {
            writer.WriteNumber(name, count);
        }
    }

    /// <summary>An exact amount, with at least one decimal so that it never looks like a count: <c>528.0</c>.</summary>
    public static void WriteMoney(Utf8JsonWriter writer, string name, Money amount)
    {
        writer.WritePropertyName(name);
        WriteMoneyValue(writer, amount);
    }

    /// <summary>The same as an element of the current array.</summary>
    public static void WriteMoneyValue(Utf8JsonWriter writer, Money amount) =>
        writer.WriteRawValue(amount.Amount.ToString("0.0###", CultureInfo.InvariantCulture));

    /// <summary>A share or average, or <c>null</c> if there is none.</summary>
    public static void WriteShare(Utf8JsonWriter writer, string name, decimal? share)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(share?.ToString("0.0#####", CultureInfo.InvariantCulture) ?? "null");
    }

    /// <summary><paramref name="part"/> / <paramref name="whole"/> rounded to six decimals, half to even; null if there is no whole.</summary>
    public static decimal? Share(long part, long whole) =>
        whole == 0 ? null : decimal.Round((decimal)part / whole, Decimals, MidpointRounding.ToEven);
}
