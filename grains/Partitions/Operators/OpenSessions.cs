using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>The open sessions of a partition: by key, by bucket (the unit of saving), and in the order in which they were last touched.</summary>
internal sealed class OpenSessions
{
    private const byte FormatVersion = 2;
    private const int Buckets = 64;
    private const string PartPrefix = "sessions/open/";

    private readonly Dictionary<(string User, string? Key), SessionWindow> _byKey = [];
    private readonly HashSet<SessionWindow>[] _byBucket =
        [.. Enumerable.Range(0, Buckets).Select(_ => new HashSet<SessionWindow>(ReferenceEqualityComparer.Instance))];
    private readonly bool[] _changed = new bool[Buckets];
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
        _byBucket[window.Bucket].Add(window);
        _changed[window.Bucket] = true;
        Count++;
        Append(window);
    }

    /// <summary>Makes the session the last one to be closed. Positions must increase from call to call.</summary>
    public void Touch(SessionWindow window, long position)
    {
        window.Touched = position;
        _changed[window.Bucket] = true;
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

        _byBucket[window.Bucket].Remove(window);
        _changed[window.Bucket] = true;
        Count--;
        Unlink(window);
    }

    public void Capture(OperatorImage image)
    {
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            if (!_changed[bucket])
            {
                continue;
            }

            _changed[bucket] = false;
            var windows = _byBucket[bucket];
            image.Put(PartPrefix + bucket, output =>
            {
                var writer = new FormatWriter(output);
                writer.Byte(FormatVersion);
                writer.Count(windows.Count);
                foreach (var window in windows)
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
        Array.Clear(_changed);
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
        Array.ForEach(_byBucket, bucket => bucket.Clear());
        (Oldest, _newest, Count) = (null, null, 0);
    }
}
