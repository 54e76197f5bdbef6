using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace OrleansAnalytics.Lake.Import;

/// <summary>The identity of an event whose producer gave it one, as the live door computes and the lake stores it.</summary>
internal static class ProducerEventId
{
    private const byte ProducerShape = 1;

    /// <summary>32 hexadecimal digits: XxHash128 over a 1 and both texts in UTF-8, each after its length.</summary>
    /// <param name="user">The user, who is part of the identity.</param>
    /// <param name="eventId">What the producer sent.</param>
    public static string Of(string user, string eventId)
    {
        var buffer = new byte[1 + (2 * sizeof(int)) + Encoding.UTF8.GetByteCount(user) + Encoding.UTF8.GetByteCount(eventId)];
        buffer[0] = ProducerShape;
        var length = Part(buffer, 1, user);
        _ = Part(buffer, length, eventId);
        return XxHash128.HashToUInt128(buffer).ToString("x32", System.Globalization.CultureInfo.InvariantCulture);
    }

    private static int Part(byte[] buffer, int at, string text)
    {
        var length = Encoding.UTF8.GetBytes(text, buffer.AsSpan(at + sizeof(int)));
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(at), length);
        return at + sizeof(int) + length;
    }
}
