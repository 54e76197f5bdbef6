using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Text;

namespace OrleansAnalytics.Lake.Users;

/// <summary>
/// A set of users that answers "certainly not" or "maybe": a split block Bloom filter, as the Parquet format defines it (parquet-format, BloomFilter.md). Every user has one block
/// of 256 bits, so a question reads one block of a file and nothing else. With <see cref="BitsPerUser"/> one user in a thousand is a "maybe" by mistake.
/// </summary>
/// <remarks>
/// As bytes: <see cref="FormatVersion"/>, three zeros, the number of blocks (int32), the rows (int64) and the bytes (int64) of the file that it is about, all little-endian;
/// then each block with its checksum (XxHash32, seeded with the block's number).
/// </remarks>
public static class UserFilter
{
    /// <summary>The format that is written and read.</summary>
    public const byte FormatVersion = 1;

    /// <summary>Bytes before the first block.</summary>
    public const int HeaderBytes = 24;

    /// <summary>Bytes of a block with its checksum.</summary>
    public const int StoredBlockBytes = BlockBytes + sizeof(uint);

    /// <summary>Bits for each user.</summary>
    public const int BitsPerUser = 16;

    private const int BlockBytes = 32;
    private const int WordsOfABlock = BlockBytes / sizeof(uint);

    // The eight odd numbers of the Parquet format.
    private static ReadOnlySpan<uint> Salts => [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

    /// <summary>What the filter knows of a user.</summary>
    public static ulong HashOf(string user) => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(user));

    /// <summary>The filter of a file.</summary>
    /// <param name="users">The hash of each of its users; several of the same do no harm.</param>
    /// <param name="file">The file.</param>
    public static byte[] Write(IReadOnlyCollection<ulong> users, LakeFile file)
    {
        var blocks = (int)Math.Max(1, (((long)users.Count * BitsPerUser) + (BlockBytes * 8) - 1) / (BlockBytes * 8));
        var bytes = new byte[HeaderBytes + ((long)blocks * StoredBlockBytes)];
        bytes[0] = FormatVersion;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), blocks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), file.Rows);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), file.Bytes);
        foreach (var user in users)
        {
            var block = Block(bytes, BlockOf(user, blocks));
            for (var word = 0; word < WordsOfABlock; word++)
            {
                var at = block[(word * sizeof(uint))..];
                BinaryPrimitives.WriteUInt32LittleEndian(at, BinaryPrimitives.ReadUInt32LittleEndian(at) | BitOf(user, word));
            }
        }

        for (var i = 0; i < blocks; i++)
        {
            var block = Block(bytes, i);
            BinaryPrimitives.WriteUInt32LittleEndian(block[BlockBytes..], Checksum(block, i));
        }

        return bytes;
    }

    /// <summary>The number of blocks; 0 if the filter is of another file or format.</summary>
    /// <param name="header">The first <see cref="HeaderBytes"/>.</param>
    /// <param name="file">The file that is asked for.</param>
    public static int BlocksOf(ReadOnlySpan<byte> header, LakeFile file) =>
        header.Length == HeaderBytes && header[0] == FormatVersion
        && BinaryPrimitives.ReadInt64LittleEndian(header[8..]) == file.Rows && BinaryPrimitives.ReadInt64LittleEndian(header[16..]) == file.Bytes
            ? Math.Max(0, BinaryPrimitives.ReadInt32LittleEndian(header[4..]))
            : 0;

    /// <summary>Which block a user has.</summary>
    public static int BlockOf(ulong user, int blocks) => (int)(((user >> 32) * (ulong)blocks) >> 32);

    /// <summary>False if the user is certainly not in the file; a damaged block says nothing.</summary>
    /// <param name="block">The user's block with its checksum.</param>
    /// <param name="number">Which one it is.</param>
    /// <param name="user">The hash of the user.</param>
    public static bool MayHave(ReadOnlySpan<byte> block, int number, ulong user)
    {
        if (block.Length != StoredBlockBytes || BinaryPrimitives.ReadUInt32LittleEndian(block[BlockBytes..]) != Checksum(block, number))
        {
            return true;
        }

        for (var word = 0; word < WordsOfABlock; word++)
        {
            if ((BinaryPrimitives.ReadUInt32LittleEndian(block[(word * sizeof(uint))..]) & BitOf(user, word)) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private static uint BitOf(ulong user, int word) => BitOperations.RotateLeft(1u, (int)(((uint)user * Salts[word]) >> 27));

    private static uint Checksum(ReadOnlySpan<byte> block, int number) => XxHash32.HashToUInt32(block[..BlockBytes], number);

    private static Span<byte> Block(byte[] bytes, int number) => bytes.AsSpan(HeaderBytes + (number * StoredBlockBytes), StoredBlockBytes);
}
