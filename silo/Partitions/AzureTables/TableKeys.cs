using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;
using Azure;

namespace OrleansAnalytics.Partitions;

/// <summary>Keys of the tables, and the service's ETags as this program passes them on. Part of what is stored: it never changes.</summary>
internal static class TableKeys
{
    /// <summary>
    /// Entities are spread over so many table partitions. A transaction stays within one of them, so few mean full transactions; one takes 2,000 rows a second and
    /// an account 20,000, so a dozen would do.
    /// </summary>
    public const int Buckets = 16;

    // A row's key may have 512 characters; some are left for what is put around it.
    private const int LongestKey = 400;
    private const int KeptOfLongKeys = 300;
    private const string ETagBegin = "W/\"datetime'";
    private const string ETagEnd = "'\"";

    /// <summary>The bucket of an entity.</summary>
    public static int BucketOf(ReadOnlySpan<byte> key) => (int)(XxHash3.HashToUInt64(key) % Buckets);

    /// <summary>A bucket's partition key: <c>b07</c>.</summary>
    public static string OfBucket(int bucket) => string.Create(CultureInfo.InvariantCulture, $"b{bucket:00}");

    /// <summary>The partition key of what belongs to a partition of the log: <c>p00003</c>.</summary>
    public static string OfPartition(int partition) => string.Create(CultureInfo.InvariantCulture, $"p{partition:00000}");

    /// <summary>
    /// Any key as a row's key: letters and digits stay, other bytes become <c>=2F</c>. A long one keeps its begin and gets the hash of the whole behind <c>=~</c>, which
    /// begins no byte, so the two forms never meet.
    /// </summary>
    public static string Escape(ReadOnlySpan<byte> key)
    {
        var text = new StringBuilder(key.Length + 8);
        foreach (var one in key)
        {
            if (char.IsAsciiLetterOrDigit((char)one) || one is (byte)'_')
            {
                text.Append((char)one);
            }
            else
            {
                text.Append('=').Append(one.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return text.Length <= LongestKey ? text.ToString() : $"{text.ToString(0, KeptOfLongKeys)}=~{Convert.ToHexStringLower(SHA256.HashData(key))}";
    }

    /// <summary>See the other one.</summary>
    public static string Escape(string key) => Escape(Encoding.UTF8.GetBytes(key));

    /// <summary>An ETag of the service, without what all of them have around it: every entity in memory holds one.</summary>
    public static string Text(ETag etag)
    {
        var text = etag.ToString();
        return text.StartsWith(ETagBegin, StringComparison.Ordinal) && text.EndsWith(ETagEnd, StringComparison.Ordinal) ? text[ETagBegin.Length..^ETagEnd.Length] : text;
    }

    /// <summary>What <see cref="Text"/> was made of; null if no record can have such an ETag.</summary>
    public static ETag? ETagOf(string text) => text switch
    {
        _ when text.StartsWith("W/\"", StringComparison.Ordinal) && text.EndsWith('"') => new ETag(text),
        { Length: >= 20 and <= 60 } when text[4] == '-' && text[^1] == 'Z' && text.All(one => char.IsAsciiLetterOrDigit(one) || one is '-' or '%' or '.' or ':') => new ETag(ETagBegin + text + ETagEnd),
        _ => null,
    };
}
