using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>How one row of a <see cref="TallyTable{TKey,TTally}"/> is stored.</summary>
internal interface ITallyFormat<TKey, TTally>
{
    TTally New();

    void Write(FormatWriter writer, TKey key, TTally tally);

    (TKey Key, TTally Tally) Read(ref FormatReader reader);
}

/// <summary>Counters by key, saved in buckets of which a capture stores only those that changed.</summary>
internal sealed class TallyTable<TKey, TTally>(string partPrefix, int buckets, Func<TKey, int> bucketOf, ITallyFormat<TKey, TTally> format)
    where TKey : notnull
    where TTally : class
{
    private const byte FormatVersion = 1;

    private readonly Dictionary<TKey, TTally> _rows = [];
    private readonly HashSet<TKey> _changed = [];
    private TKey? _last;
    private TTally? _lastTally;

    public IReadOnlyDictionary<TKey, TTally> Rows => _rows;

    /// <summary>The counters of a key, from now on taken as changed; null if there are <paramref name="limit"/> other keys already.</summary>
    public TTally? GetOrAdd(TKey key, int limit)
    {
        // Runs of the same key are common (the hour, the category someone browses): one comparison instead of two look-ups.
        if (_lastTally is not null && EqualityComparer<TKey>.Default.Equals(key, _last))
        {
            return _lastTally;
        }

        if (!_rows.TryGetValue(key, out var tally))
        {
            if (_rows.Count >= limit)
            {
                return null;
            }

            _rows.Add(key, tally = format.New());
        }

        _changed.Add(key);
        (_last, _lastTally) = (key, tally);
        return tally;
    }

    public void Capture(OperatorImage image)
    {
        var dirty = new HashSet<int>(_changed.Select(bucketOf));
        _changed.Clear();
        _lastTally = null;
        if (dirty.Count == 0)
        {
            return;
        }

        var byBucket = _rows.Where(row => dirty.Contains(bucketOf(row.Key))).ToLookup(row => bucketOf(row.Key));
        foreach (var bucket in byBucket)
        {
            image.Put(partPrefix + bucket.Key, output =>
            {
                var writer = new FormatWriter(output);
                writer.Byte(FormatVersion);
                writer.Count(bucket.Count());
                foreach (var (key, tally) in bucket)
                {
                    format.Write(writer, key, tally);
                }
            });
        }
    }

    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _rows.Clear();
        _changed.Clear();
        _lastTally = null;
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            if (!parts.TryGetValue(partPrefix + bucket, out var stored))
            {
                continue;
            }

            var reader = new FormatReader(stored.Span);
            reader.Version(FormatVersion, partPrefix);
            for (var left = reader.Items(); left > 0; left--)
            {
                var (key, tally) = format.Read(ref reader);
                if (!_rows.TryAdd(key, tally))
                {
                    throw new DamagedFormatException($"{partPrefix} holds {key} twice");
                }
            }

            reader.End(partPrefix);
        }
    }
}

/// <summary>The stored form of tallies; kinds and buckets without events take a byte.</summary>
internal static class TallyFormats
{
    public static void Write(FormatWriter writer, KindTally tally)
    {
        for (var kind = 0; kind < EventKinds.Count; kind++)
        {
            writer.Count(tally.Events[kind]);
            writer.Money(tally.Price[kind]);
        }

        writer.Money(tally.Revenue);
    }

    public static KindTally ReadKinds(ref FormatReader reader)
    {
        var tally = new KindTally();
        for (var kind = 0; kind < EventKinds.Count; kind++)
        {
            tally.Events[kind] = reader.Count();
            tally.Price[kind] = reader.Money();
        }

        tally.Revenue = reader.Money();
        return tally;
    }

    public static void Write(FormatWriter writer, KindTally?[] buckets)
    {
        foreach (var bucket in buckets)
        {
            writer.Byte(bucket is null ? (byte)0 : (byte)1);
            if (bucket is not null)
            {
                Write(writer, bucket);
            }
        }
    }

    public static KindTally?[] ReadBuckets(ref FormatReader reader, int count)
    {
        var buckets = new KindTally?[count];
        for (var i = 0; i < count; i++)
        {
            buckets[i] = reader.Byte() == 0 ? null : ReadKinds(ref reader);
        }

        return buckets;
    }
}
