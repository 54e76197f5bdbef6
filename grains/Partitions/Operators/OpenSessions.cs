using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>The open sessions of a partition: by key, by bucket (the unit of saving), and in the order in which they were last touched.</summary>
internal sealed class OpenSessions
{
    private const byte FormatVersion = 2;
    private const int Buckets = 64;
    private const string PartPrefix = "sessions/open/";

    private readonly Dictionary<(string User, string? Key), SessionWindow> _byKey = [];
    private readonly Bucket[] _buckets = new Bucket[Buckets];
    private SessionWindow? _newest;

    public int Count { get; private set; }

    /// <summary>The session untouched for longest; follow <see cref="SessionWindow.Newer"/> for the rest.</summary>
    public SessionWindow? Oldest { get; private set; }

    public static int BucketOf(ulong userHash) => (int)(userHash % Buckets);

    /// <summary>The sessions of a key, chained by <see cref="SessionWindow.NextOfKey"/>.</summary>
    public SessionWindow? FirstOfKey(string user, string? key) => _byKey.GetValueOrDefault((user, key));

    public void Insert(SessionWindow window)
    {
        var key = (window.UserId, window.SessionKey);
        window.NextOfKey = _byKey.GetValueOrDefault(key);
        _byKey[key] = window;
        AddToBucket(window);
        Count++;
        Append(window);
    }

    /// <summary>Makes the session the last one to be closed. Positions must increase from call to call.</summary>
    public void Touch(SessionWindow window, long position)
    {
        window.Touched = position;
        _buckets[window.Bucket].Changed = true;
        if (window != _newest)
        {
            Unlink(window);
            Append(window);
        }
    }

    public void Remove(SessionWindow window)
    {
        var key = (window.UserId, window.SessionKey);
        var first = _byKey[key];
        if (first != window)
        {
            while (first.NextOfKey != window)
            {
                first = first.NextOfKey!;
            }

            first.NextOfKey = window.NextOfKey;
        }
        else if (window.NextOfKey is null)
        {
            _byKey.Remove(key);
        }
        else
        {
            _byKey[key] = window.NextOfKey;
        }

        RemoveFromBucket(window);
        Count--;
        Unlink(window);
    }

    public void Capture(OperatorImage image)
    {
        for (var i = 0; i < Buckets; i++)
        {
            var bucket = _buckets[i];
            if (!bucket.Changed)
            {
                continue;
            }

            _buckets[i].Changed = false;
            image.Put(PartPrefix + i, output =>
            {
                var writer = new FormatWriter(output);
                writer.Byte(FormatVersion);
                writer.Count(bucket.Count);
                for (var window = bucket.First; window is not null; window = window.NextOfBucket)
                {
                    window.WriteTo(writer);
                }
            });
        }
    }

    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        Clear();
        var windows = new List<SessionWindow>();
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            if (!parts.TryGetValue(PartPrefix + bucket, out var stored))
            {
                continue;
            }

            var reader = new FormatReader(stored.Span);
            var version = reader.Version(FormatVersion, "open sessions");
            for (var left = reader.Items(); left > 0; left--)
            {
                windows.Add(SessionWindow.Read(ref reader, bucket, version));
            }

            reader.End("open sessions");
        }

        windows.Sort((a, b) => a.Touched.CompareTo(b.Touched));
        windows.ForEach(Insert);
        foreach (ref var bucket in _buckets.AsSpan())
        {
            bucket.Changed = false;
        }
    }

    private void AddToBucket(SessionWindow window)
    {
        ref var bucket = ref _buckets[window.Bucket];
        if (bucket.Last is { } last)
        {
            (last.NextOfBucket, window.PreviousOfBucket) = (window, last);
        }

        bucket.First ??= window;
        bucket.Last = window;
        bucket.Count++;
        bucket.Changed = true;
    }

    private void RemoveFromBucket(SessionWindow window)
    {
        ref var bucket = ref _buckets[window.Bucket];
        var (previous, next) = (window.PreviousOfBucket, window.NextOfBucket);
        previous?.NextOfBucket = next;
        next?.PreviousOfBucket = previous;
        bucket.First = previous is null ? next : bucket.First;
        bucket.Last = next is null ? previous : bucket.Last;
        bucket.Count--;
        bucket.Changed = true;
        (window.NextOfBucket, window.PreviousOfBucket) = (null, null);
    }

    private void Append(SessionWindow window)
    {
        window.Older = _newest;
        window.Newer = null;
        if (_newest is null)
        {
            Oldest = window;
        }
        else
        {
            _newest.Newer = window;
        }

        _newest = window;
    }

    private void Unlink(SessionWindow window)
    {
        if (window.Older is null)
        {
            Oldest = window.Newer;
        }
        else
        {
            window.Older.Newer = window.Newer;
        }

        if (window.Newer is null)
        {
            _newest = window.Older;
        }
        else
        {
            window.Newer.Older = window.Older;
        }

        (window.Older, window.Newer) = (null, null);
    }

    private void Clear()
    {
        _byKey.Clear();
        Array.Clear(_buckets);
        (Oldest, _newest, Count) = (null, null, 0);
    }

    /// <summary>Sessions that are saved together.</summary>
    private struct Bucket
    {
        public SessionWindow? First;
        public SessionWindow? Last;
        public int Count;
        public bool Changed;
    }
}
