using System.Collections;
using System.Numerics;

namespace OrleansAnalytics.Lake;

/// <summary>Cells of answers.</summary>
internal static class SqlCell
{
    private const int OfAFixedSize = 16;

    /// <summary>The driver's value as an answer has it.</summary>
    /// <param name="value">Not null.</param>
    /// <param name="type">The column's SQL type.</param>
    public static object? Of(object value, string type) => value switch
    {
        Stream stream => Read(stream),

        // The driver gives dates as date and time.
        DateTime time when type.Equals("DATE", StringComparison.OrdinalIgnoreCase) => DateOnly.FromDateTime(time),
        DateTime time => DateTime.SpecifyKind(time, DateTimeKind.Utc),
        DateTimeOffset time => time.UtcDateTime,
        string or bool or decimal or long or int or double or BigInteger or DateOnly or TimeOnly or TimeSpan or Guid => value,
        IDictionary or byte[] or IEnumerable => value,
        IFormattable => value,
        _ => value.ToString(),
    };

    /// <summary>About how much memory a cell holds.</summary>
    public static long Bytes(object? cell) => cell switch
    {
        null => 1,
        string text => 2L * text.Length,
        byte[] bytes => bytes.Length,
        IDictionary map => map.Keys.Cast<object?>().Sum(Bytes) + map.Values.Cast<object?>().Sum(Bytes),
        IEnumerable list => list.Cast<object?>().Sum(Bytes),
        _ => OfAFixedSize,
    };

    private static byte[] Read(Stream stream)
    {
        using (stream)
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
    }
}
