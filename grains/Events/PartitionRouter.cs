using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace OrleansAnalytics.Events;

/// <summary>
/// Which partition a user belongs to: XxHash64 of the UTF-8 user id, modulo the number of partitions. What is in the log was routed by it, so it never changes.
/// </summary>
public static class PartitionRouter
{
    /// <summary>The partition of a user, 0 to <paramref name="partitions"/> − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one partition.</exception>
    public static int PartitionOf(ReadOnlySpan<byte> userUtf8, int partitions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(partitions, 1);
        return (int)(XxHash64.HashToUInt64(userUtf8) % (uint)partitions);
    }

    /// <summary>The partition of a user, 0 to <paramref name="partitions"/> − 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one partition.</exception>
    public static int PartitionOf(string user, int partitions)
    {
        var most = Encoding.UTF8.GetMaxByteCount(user.Length);
        var rented = most <= 512 ? null : ArrayPool<byte>.Shared.Rent(most);
        var buffer = rented ?? stackalloc byte[512];
        var partition = PartitionOf(buffer[..Encoding.UTF8.GetBytes(user, buffer)], partitions);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return partition;
    }

    /// <summary>The partition whose log takes a rejected record: by the bytes of its id, high half first, big-endian, as it may have no user.</summary>
    public static int PartitionOf(EventId rejection, int partitions)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, rejection.High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], rejection.Low);
        return PartitionOf(bytes, partitions);
    }
}
