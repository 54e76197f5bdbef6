using System.Buffers.Binary;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// The bytes of a row that <see cref="PlainLine"/> has read: a header, then the texts of <see cref="Texts"/> one after the other. What is 0 bytes long is null.
/// All numbers are little-endian: time (ms, 8), price (ten-thousandths, 8), line (8), length of the row (4), kind (2), length of each text (2).
/// </summary>
internal static class PlainRow
{
    public const int TimeAt = 0;
    public const int PriceAt = 8;
    public const int LineAt = 16;
    public const int LengthAt = 24;
    public const int KindAt = 28;
    public const int LengthsAt = 30;

    /// <summary>The bytes of the header.</summary>
    public const int HeaderBytes = LengthsAt + (TextCount * sizeof(ushort));

    /// <summary>The number of <see cref="Texts"/>.</summary>
    public const int TextCount = 6;

    /// <summary>The place of the user among <see cref="Texts"/>: the first, so that it stands right behind the header.</summary>
    public const int User = 0;

    /// <summary>The texts, by the names of their fields.</summary>
    public static readonly string[] Texts = ["user_id", "user_session", "product_id", "category_id", "category_code", "brand"];

    /// <summary>The kinds, by their number in a row.</summary>
    public static readonly byte[][] Kinds = [[.. "view"u8], [.. "cart"u8], [.. "remove_from_cart"u8], [.. "purchase"u8]];

    public static long Time(ReadOnlySpan<byte> row) => BinaryPrimitives.ReadInt64LittleEndian(row[TimeAt..]);

    public static int Length(ReadOnlySpan<byte> row) => BinaryPrimitives.ReadInt32LittleEndian(row[LengthAt..]);

    public static ReadOnlySpan<byte> UserOf(ReadOnlySpan<byte> row) => row.Slice(HeaderBytes, BinaryPrimitives.ReadUInt16LittleEndian(row[LengthsAt..]));

    /// <summary>True if two rows are the same event: they agree in all but the line.</summary>
    public static bool IsSameEvent(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) =>
        one[..LineAt].SequenceEqual(other[..LineAt]) && one[LengthAt..Length(one)].SequenceEqual(other[LengthAt..Length(other)]);

    /// <summary>A hash that rows share which are the same event.</summary>
    public static int HashOf(ReadOnlySpan<byte> row) =>
        unchecked((int)System.IO.Hashing.XxHash3.HashToUInt64(row[LengthAt..Length(row)], BinaryPrimitives.ReadInt64LittleEndian(row[PriceAt..]) ^ Time(row)));
}
