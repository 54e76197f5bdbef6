using System.Globalization;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// Numbers as producers write them, exponents included, as SQL: exact, rounded half to even once, and no sign but that of a negative zero, as at the live door.
/// What most rows look like is recognised by a cast that reads back as the same text; only the others are taken apart, step by step: the value is
/// <c>digits × 10^shift</c>, and what a negative shift cuts off decides the rounding. Each step is a column of its own, for a statement that grew by
/// substitution would take longer to plan than to run.
/// </summary>
/// <param name="name">The column of the text.</param>
/// <param name="decimals">Decimals of the number.</param>
/// <param name="usual">The type of numbers that are read by a cast.</param>
internal sealed class NumberSql(string name, int decimals, string usual)
{
    /// <summary>The highest number of digits; every limit lies below.</summary>
    private const int MostDigits = 17;

    /// <summary>The columns that each step adds to those before.</summary>
    public IReadOnlyList<string> Steps { get; } =
    [
        $"try_cast({name} AS {usual}) AS {name}_usual",
        $"CASE WHEN {name}_usual::VARCHAR = {name} THEN NULL ELSE {name} END AS {name}_odd",
        $"CASE WHEN regexp_full_match({name}_odd, '-?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?') THEN regexp_extract({name}_odd, '^-?([0-9.]*)', 1) END AS {name}_mantissa, "
            + $"CASE WHEN NOT contains(lower({name}_odd), 'e') THEN 0 ELSE greatest(-10000, least(10000, coalesce("
            + $"try_cast(replace(regexp_extract({name}_odd, '[eE](.*)$', 1), '+', '') AS BIGINT), CASE WHEN contains(lower({name}_odd), 'e-') THEN -10000 ELSE 10000 END))) END AS {name}_exponent",
        $"ltrim(replace({name}_mantissa, '.', ''), '0') AS {name}_digits, "
            + string.Create(CultureInfo.InvariantCulture, $"{decimals} + {name}_exponent")
            + $" - CASE WHEN contains({name}_mantissa, '.') THEN strlen({name}_mantissa) - strpos({name}_mantissa, '.') ELSE 0 END AS {name}_shift",
        $"strlen({name}_digits) + {name}_shift AS {name}_whole",
        $"CASE WHEN {name}_shift >= 0 THEN '' WHEN {name}_whole < 0 THEN '01' ELSE substr({name}_digits, {name}_whole + 1) END AS {name}_cut, "
            + $"CASE WHEN {name}_whole <= 0 THEN 0 WHEN {name}_whole > {MostDigits} THEN NULL "
            + $"WHEN {name}_shift >= 0 THEN try_cast({name}_digits || repeat('0', {name}_shift) AS BIGINT) "
            + $"ELSE try_cast(left({name}_digits, {name}_whole) AS BIGINT) END AS {name}_kept",
        $"CASE WHEN {name}_digits = '' THEN 0 WHEN starts_with({name}_odd, '-') THEN NULL "
            + $"WHEN left({name}_cut, 1) > '5' OR (left({name}_cut, 1) = '5' AND (rtrim(substr({name}_cut, 2), '0') <> '' OR {name}_kept % 2 = 1)) THEN {name}_kept + 1 "
            + $"ELSE {name}_kept END AS {name}_scaled",
    ];

    /// <summary>The column of the text.</summary>
    public string Text => name;

    /// <summary>What the cast made of the text; to be used where <see cref="IsUsual"/>.</summary>
    public string Usual => $"{name}_usual";

    /// <summary>True if the cast lost nothing.</summary>
    public string IsUsual => $"{name}_odd IS NULL";

    /// <summary>Else the number as an integer of its last decimal; null if the text is none, or it has 18 digits and more.</summary>
    public string Scaled => $"{name}_scaled";

    /// <summary>True if nothing was rounded.</summary>
    public string IsExact => $"({name}_digits = '' OR rtrim({name}_cut, '0') = '')";
}
