namespace OrleansAnalytics.Generator;

/// <summary>Invented brand names, each once: two or three syllables counted through in an order that looks like none.</summary>
internal static class BrandNames
{
    private static readonly string[] Syllables =
    [
        "ba", "ce", "do", "fa", "gi", "ho", "ju", "ka", "le", "mi", "no", "pa", "ra", "si", "to", "va", "we", "xi", "yo", "za",
        "bel", "cor", "dan", "fen", "gor", "hel", "lin", "mar", "nov", "ter", "vel", "zen",
    ];

    /// <summary>The brand with a number from 0 to 32,767.</summary>
    public static string Of(int number)
    {
        var mixed = number * 20_011 & 0x7FFF;
        return Syllables[mixed & 31] + Syllables[(mixed >> 5) & 31] + ((mixed >> 10) < 8 ? "" : Syllables[mixed >> 10]);
    }
}
