using System.Globalization;
using Azure.Data.Tables;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// How bytes are in a row: a property holds 64 KiB, so they are spread over <c>V00</c>, <c>V01</c>, …; what is larger than a row should be is in a blob that the row
/// names (<c>Blob</c>). The first byte is a version. <c>Write</c> tells one write from all others: a write that was repeated finds itself by it.
/// </summary>
internal static class TableValue
{
    /// <summary>The most bytes of a value in one row. A row may have 1 MiB, and the service's emulator counts it as base64.</summary>
    public const int MaxBytes = 10 * BytesOfAProperty;

    /// <summary>The property with the write's id.</summary>
    public const string WriteProperty = "Write";

    /// <summary>The property with the blob's name.</summary>
    public const string BlobProperty = "Blob";

    private const byte FormatVersion = 1;
    private const int BytesOfAProperty = 64 << 10;

    /// <summary>The bytes as they are stored, behind the version.</summary>
    public static byte[] Versioned(ReadOnlySpan<byte> value) => [FormatVersion, .. value];

    /// <summary>What is behind the version.</summary>
    /// <exception cref="DamagedFormatException">There is none, or a newer one.</exception>
    public static ReadOnlySpan<byte> Unversioned(ReadOnlySpan<byte> stored, string format)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, format);
        return reader.Take(reader.Remaining);
    }

    /// <summary>Puts bytes, at most <see cref="MaxBytes"/>, into the row.</summary>
    public static TableEntity Set(this TableEntity row, ReadOnlySpan<byte> value)
    {
        for (var (at, number) = (0, 0); at < value.Length || number == 0; at += BytesOfAProperty, number++)
        {
            row[Name(number)] = value.Slice(at, Math.Min(BytesOfAProperty, value.Length - at)).ToArray();
        }

        return row;
    }

    /// <summary>The bytes of the row; null if it has none.</summary>
    public static byte[]? Get(this TableEntity row)
    {
        if (row.GetBinary(Name(0)) is not { } first)
        {
            return null;
        }

        if (row.GetBinary(Name(1)) is not { } second)
        {
            return first;
        }

        List<byte> whole = [.. first, .. second];
        for (var number = 2; row.GetBinary(Name(number)) is { } next; number++)
        {
            whole.AddRange(next);
        }

        return [.. whole];
    }

    /// <summary>About how many bytes a row is in a transaction, where bytes are base64 and every operation has headers of its own.</summary>
    public static int SizeInTransaction(int valueBytes) => (valueBytes * 4 / 3) + 1_500;

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"V{number:00}");
}
