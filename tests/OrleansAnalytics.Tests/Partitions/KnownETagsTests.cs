using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>What the store's thread knows of ETags, against a dictionary that forgets nothing.</summary>
public sealed class KnownETagsTests
{
    // Records that differ by a multiple of this share a place.
    private const ulong SamePlace = 1 << 20;

    private readonly KnownETags _known = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void OnlyTheNewestETagOfARecord_IsKnown(int seed)
    {
        var chance = new Random(seed);
        var etags = new Dictionary<ulong, long>();
        var given = new List<(ulong Record, long ETag)>();
        for (var next = 1L; next < 20_000; next++)
        {
            var record = ((ulong)chance.Next(40) * SamePlace) + (ulong)chance.Next(3);
            var etag = chance.Next(10) == 0 ? 0 : next;
            _known.Set(record, etags.GetValueOrDefault(record), etag);
            etags[record] = etag;
            given.Add((record, etag));
            Assert.Equal(etag != 0, _known.Holds(record, etag));
            var (other, old) = given[chance.Next(given.Count)];
            Assert.True(!_known.Holds(other, old) || etags[other] == old, $"seed {seed}: {other} does not have {old} any more");
            Assert.False(_known.Holds(other + SamePlace, old) && etags[other] == old, $"seed {seed}: {old} is not of {other + SamePlace}");
        }
    }

    [Fact]
    public void TwoRecordsOfAPlace_AreBothKnown_UntilAThirdComes()
    {
        _known.Set(5, 0, 10);
        _known.Set(5 + SamePlace, 0, 11);
        _known.Set(5, 10, 12);
        Assert.True(_known.Holds(5, 12) && _known.Holds(5 + SamePlace, 11));
        _known.Set(5 + (2 * SamePlace), 0, 13);
        Assert.True(_known.Holds(5, 12) && _known.Holds(5 + (2 * SamePlace), 13));
        Assert.False(_known.Holds(5 + SamePlace, 11));
    }

    [Fact]
    public void AfterAFailedWrite_NothingIsKnown()
    {
        _known.Set(5, 0, 10);
        _known.Clear();
        Assert.False(_known.Holds(5, 10));
    }
}
