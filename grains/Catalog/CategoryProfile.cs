using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Catalog;

/// <summary>Events by kind and revenue in a fixed number of buckets, such as the hours of the day.</summary>
/// <param name="buckets">How many buckets.</param>
internal sealed class CategoryProfile(int buckets)
{
    private readonly Bucket[] _buckets = new Bucket[buckets];

    /// <summary>Counts an event in a bucket.</summary>
    public void Add(int bucket, ShopEvent shopEvent)
    {
        _buckets[bucket].Kinds[shopEvent.Kind.Index()]++;
        _buckets[bucket].Revenue += shopEvent.Revenue;
    }

    /// <summary>All buckets, also those without events.</summary>
    /// <param name="label">The name of a bucket.</param>
    public IReadOnlyList<ProfileBucket> ToBuckets(Func<int, string> label)
    {
        var profile = new ProfileBucket[_buckets.Length];
        for (var i = 0; i < profile.Length; i++)
        {
            profile[i] = new ProfileBucket(label(i), _buckets[i].Kinds.ToDictionary(), _buckets[i].Revenue);
        }

        return profile;
    }

    /// <summary>Writes the buckets.</summary>
    public void WriteTo(FormatWriter writer)
    {
        foreach (ref readonly var bucket in _buckets.AsSpan())
        {
            bucket.Kinds.WriteTo(writer);
            writer.Money(bucket.Revenue);
        }
    }

    /// <summary>Replaces the buckets by stored ones.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no buckets.</exception>
    public void ReadFrom(ref FormatReader reader)
    {
        foreach (ref var bucket in _buckets.AsSpan())
        {
            bucket = new Bucket { Kinds = PerKind<long>.ReadFrom(ref reader), Revenue = reader.Money() };
        }
    }

    private struct Bucket
    {
        public PerKind<long> Kinds;
        public Money Revenue;
    }
}
