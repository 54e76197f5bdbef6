namespace OrleansAnalytics.Ingest;

/// <summary>
/// Recognises ids that went through a spreadsheet: <c>2.10381E+18</c>. A signed exponent (<c>\d+(\.\d+)?[eE][+-]\d+</c>) or decimals before an
/// unsigned one (<c>\d+\.\d+[eE]\d+</c>) are proof; plain <c>12e5</c> may be an honest article number.
/// </summary>
public static class MangledIds
{
    /// <summary>True if the whole text is a number in floating-point notation.</summary>
    public static bool IsMangled(ReadOnlySpan<byte> id)
    {
        var e = id.IndexOfAny((byte)'e', (byte)'E');
        if (e <= 0)
        {
            return false;
        }

        var mantissa = id[..e];
        var exponent = id[(e + 1)..];
        var point = mantissa.IndexOf((byte)'.');
        var isSigned = exponent.Length > 0 && exponent[0] is (byte)'+' or (byte)'-';
        return (point < 0 ? isSigned && AreDigits(mantissa) : AreDigits(mantissa[..point]) && AreDigits(mantissa[(point + 1)..]))
            && AreDigits(isSigned ? exponent[1..] : exponent);
    }

    private static bool AreDigits(ReadOnlySpan<byte> text) => text.Length > 0 && !text.ContainsAnyExceptInRange((byte)'0', (byte)'9');
}
