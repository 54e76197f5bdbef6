using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Formats;

/// <summary>What is stored in Azure tables beside what the embedded database has too.</summary>
internal static class AzureFormats
{
    // A key as most are, one that has to be escaped, and one that is too long for a row's key.
    private static readonly byte[][] Keys = ["user/17\0entity"u8.ToArray(), "page/https://shop.example/k\u00e4se?a=b#c\0entity"u8.ToArray(), [.. "page/"u8, .. Enumerable.Repeat((byte)'x', 600), 0]];

    private static readonly CheckpointIndex Index = new(300, 4, new Dictionary<string, StoredPart>
    {
        ["sessions/open/7"] = new StoredPart(new Guid("00112233-4455-6677-8899-aabbccddeeff"), 700_000),
        [""] = new StoredPart(new Guid("ffeeddcc-bbaa-9988-7766-554433221100"), 0),
    });

    /// <summary>Where rows are, and what is before a value.</summary>
    public static StoredFormat Rows { get; } = new(
        "azure-row",
        ["TableValue.FormatVersion"],
        () => Task.FromResult<IReadOnlyList<Piece>>([.. Keys.Select(key => new Piece(Place(key), TableValue.Versioned(key.AsSpan(0, 5))))]),
        pieces =>
        {
            Assert.Equal(Keys.Select(Place), pieces.Select(piece => piece.Name));
            Assert.All(Keys.Zip(pieces), pair => Assert.Equal(pair.First.AsSpan(0, 5), TableValue.Unversioned(pair.Second.Bytes, "row")));
            return Task.CompletedTask;
        });

    /// <summary>The header of a checkpoint, and where its parts are.</summary>
    public static StoredFormat CheckpointHeader { get; } = new(
        "azure-checkpoint-header",
        ["CheckpointIndex.FormatVersion"],
        () => Task.FromResult<IReadOnlyList<Piece>>([new Piece(CheckpointIndex.HeaderKey, Index.ToBytes()), .. PartKeys(Index).Select(key => new Piece(key, [0]))]),
        pieces =>
        {
            var read = CheckpointIndex.FromBytes(pieces[0].Bytes);
            Assert.Equal((Index.Position, Index.Generation), (read.Position, read.Generation));
            Assert.Equal(pieces.Skip(1).Select(piece => piece.Name), PartKeys(read));
            return Task.CompletedTask;
        });

    private static string Place(byte[] key) => $"{TableKeys.OfBucket(TableKeys.BucketOf(key))} {TableKeys.Escape(key)}";

    private static IEnumerable<string> PartKeys(CheckpointIndex index) => index.Parts.OrderBy(part => part.Key, StringComparer.Ordinal).SelectMany(part => part.Value.Keys(part.Key));
}
