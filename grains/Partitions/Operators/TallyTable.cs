using System.Diagnostics.CodeAnalysis;
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

    private readonly Dictionary<TKey, Row> _rows = [];
    private readonly List<KeyValuePair<TKey, TTally>>?[] _byBucket = new List<KeyValuePair<TKey, TTally>>?[buckets];
    private readonly bool[] _changed = new bool[buckets];
    private TKey? _last;
    private TTally? _lastTally;

    /// <summary>All counters; the order says nothing.</summary>
    public IEnumerable<KeyValuePair<TKey, TTally>> Rows => _byBucket.SelectMany(bucket => bucket ?? []);

    /// <summary>The counters of a key, from now on taken as changed; null if there are <paramref name="limit"/> other keys already.</summary>
    public TTally? GetOrAdd(TKey key, int limit)
    {
        // Runs of the same key are common (the hour, the category someone browses): one comparison instead of a look-up.
        if (_lastTally is not null && EqualityComparer<TKey>.Default.Equals(key, _last))
        {
            return _lastTally;
        }

        if (!_rows.TryGetValue(key, out var row))
        {
            if (_rows.Count >= limit)
            {
                return null;
            }

            row = Add(key, format.New());
        }

        _changed[row.Bucket] = true;
        (_last, _lastTally) = (key, row.Tally);
        return row.Tally;
    }

    /// <summary>The counters of a key that is there, from now on taken as changed; for keys that are part of a text, of which a string is made only once.</summary>
    public bool TryGet<TPart>(TPart key, [NotNullWhen(true)] out TTally? tally)
        where TPart : notnull, allows ref struct
    {
        if (!_rows.GetAlternateLookup<TPart>().TryGetValue(key, out var row))
        {
            tally = null;
            return false;
        }

        _changed[row.Bucket] = true;
        tally = row.Tally;
        return true;
    }

    public void Capture(OperatorImage image)
    {
        _lastTally = null;
        for (var bucket = 0; bucket < buckets; bucket++)
        {
            if (!_changed[bucket])
            {
                continue;
            }

            _changed[bucket] = false;
            var rows = _byBucket[bucket]!;
            image.Put(partPrefix + bucket, output =>
            {
                var writer = new FormatWriter(output);
                writer.Byte(FormatVersion);
                writer.Count(rows.Count);
                foreach (var (key, tally) in rows)
                {
                    format.Write(writer, key, tally);
                }
            });
        }
    }

    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _rows.Clear();
        Array.Clear(_byBucket);
        Array.Clear(_changed);
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
                if (_rows.ContainsKey(key))
                {
                    throw new DamagedFormatException($"{partPrefix} holds {key} twice");
                }

                Add(key, tally);
            }

            reader.End(partPrefix);
        }
    }

    private Row Add(TKey key, TTally tally)
    {
        var row = new Row(tally, bucketOf(key));
        _rows.Add(key, row);
        (_byBucket[row.Bucket] ??= []).Add(new(key, tally));
        return row;
    }

    private readonly record struct Row(TTally Tally, int Bucket);
}

/// <summary>The formats of rows whose key is a text.</summary>
internal sealed class TextTallyFormat<TTally>(TextTallyFormat<TTally>.Writer write, TextTallyFormat<TTally>.Reader read) : ITallyFormat<string, TTally>
    where TTally : new()
{
    public delegate void Writer(FormatWriter writer, TTally tally);

    public delegate TTally Reader(ref FormatReader reader);

    public TTally New() => new();

    public void Write(FormatWriter writer, string key, TTally tally)
    {
        writer.Text(key);
        write(writer, tally);
    }

    public (string Key, TTally Tally) Read(ref FormatReader reader) => (reader.RequiredText(), read(ref reader));
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

    public static void Write(FormatWriter writer, CartTally tally)
    {
        writer.Count(tally.Purchased);
        writer.Count(tally.Removed);
        writer.Count(tally.Abandoned);
    }

    public static CartTally ReadCarts(ref FormatReader reader) => new() { Purchased = reader.Count(), Removed = reader.Count(), Abandoned = reader.Count() };

    public static void Write(FormatWriter writer, FunnelTally tally)
    {
        writer.Count(tally.Sessions);
        writer.Count(tally.View);
        writer.Count(tally.Cart);
        writer.Count(tally.Purchase);
    }

    public static FunnelTally ReadFunnel(ref FormatReader reader) =>
        new() { Sessions = reader.Count(), View = reader.Count(), Cart = reader.Count(), Purchase = reader.Count() };

    public static void Write(FormatWriter writer, PageTally tally)
    {
        writer.Count(tally.Visits);
        writer.Count(tally.DurationMs);
        writer.Signed(tally.FirstMs);
    }

    public static PageTally ReadPage(ref FormatReader reader) => new() { Visits = reader.Count(), DurationMs = reader.Count(), FirstMs = reader.Signed() };

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
