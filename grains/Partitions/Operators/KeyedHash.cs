using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Hash codes of ids that are hashes of what producers sent, under a key that each process draws for itself: without it, whoever picks ids with care could put
/// them all into one bucket and let every further event look through them. Multiply-shift hashing (Dietzfelbinger et al., 1997).
/// </summary>
/// <typeparam name="T">An id of at least 64 bits; its last 64 are hashed.</typeparam>
internal sealed class KeyedHash<T> : IEqualityComparer<T>
    where T : unmanaged, IEquatable<T>
{
    public static readonly KeyedHash<T> Instance = new();

    /// <summary>The key: an odd number.</summary>
    public static readonly ulong Key = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong))) | 1;

    private KeyedHash()
    {
    }

    /// <inheritdoc/>
    public bool Equals(T left, T right) => left.Equals(right);

    /// <inheritdoc/>
    public int GetHashCode(T id) => (int)((MemoryMarshal.Cast<T, ulong>(new ReadOnlySpan<T>(in id))[^1] * Key) >> 32);
}
