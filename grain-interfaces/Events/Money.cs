using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansAnalytics.Events;

/// <summary>
/// An exact amount in ten-thousandths of the shop's currency unit. Sums are integer sums, so their order never matters.
/// Amounts with more than four decimals are rounded half to even at the door, once.
/// </summary>
[GenerateSerializer, Immutable, Alias("money")]
[JsonConverter(typeof(MoneyJsonConverter))]
public readonly record struct Money([property: Id(0)] long Units) : IComparable<Money>
{
    /// <summary>Units per currency unit.</summary>
    public const long Scale = 10_000;

    /// <summary>Nothing.</summary>
    public static Money Zero => default;

    /// <summary>The amount in currency units.</summary>
    public decimal Amount => (decimal)Units / Scale;

    /// <summary>The nearest amount, half to even.</summary>
    /// <exception cref="OverflowException">Beyond ± 9.2·10¹⁴ currency units.</exception>
    public static Money FromAmount(decimal amount) => new((long)decimal.Round(amount * Scale, MidpointRounding.ToEven));

    /// <summary>Exact sum. Beyond ± 9.2·10¹⁴ currency units it stays there: a flood of absurd prices must not stop a partition.</summary>
    public static Money operator +(Money left, Money right) => Saturate((Int128)left.Units + right.Units);

    /// <summary>Exact difference, bounded like the sum.</summary>
    public static Money operator -(Money left, Money right) => Saturate((Int128)left.Units - right.Units);

    /// <summary>Exact multiple, bounded like the sum.</summary>
    public static Money operator *(Money money, long count) => Saturate((Int128)money.Units * count);

    /// <inheritdoc/>
    public int CompareTo(Money other) => Units.CompareTo(other.Units);

    /// <summary>Order by amount.</summary>
    public static bool operator <(Money left, Money right) => left.Units < right.Units;

    /// <summary>Order by amount.</summary>
    public static bool operator >(Money left, Money right) => left.Units > right.Units;

    /// <summary>Order by amount.</summary>
    public static bool operator <=(Money left, Money right) => left.Units <= right.Units;

    /// <summary>Order by amount.</summary>
    public static bool operator >=(Money left, Money right) => left.Units >= right.Units;

    private static Money Saturate(Int128 units) => new(long.CreateSaturating(units));

    /// <summary>Two decimals at least, four at most: <c>33.20</c>.</summary>
    public override string ToString() => Amount.ToString("0.00##", CultureInfo.InvariantCulture);
}

/// <summary>Writes <see cref="Money"/> as a JSON number with no needless zeros but at least one decimal (<c>33.2</c>, <c>0.0</c>).</summary>
public sealed class MoneyJsonConverter : JsonConverter<Money>
{
    /// <inheritdoc/>
    public override Money Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Money.FromAmount(reader.GetDecimal());

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Money value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Amount.ToString("0.0###", CultureInfo.InvariantCulture));
}
