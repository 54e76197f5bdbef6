namespace OrleansAnalytics.Partitions.Operators;

/// <summary>The open sessions of a partition: by key, and in the order in which they were last touched, which is also how they are stored (<see cref="SessionSegments"/>).</summary>
internal sealed class OpenSessions
{
    private readonly Dictionary<(string User, string? Key), SessionWindow> _byKey = [];
    private readonly SessionSegments _stored = new();
    private SessionWindow? _newest;

    public int Count { get; private set; }

    /// <summary>The session untouched for longest; follow <see cref="SessionWindow.Newer"/> for the rest.</summary>
    public SessionWindow? Oldest { get; private set; }

    /// <summary>The sessions of a key, chained by <see cref="SessionWindow.NextOfKey"/>.</summary>
    public SessionWindow? FirstOfKey(string user, string? key) => _byKey.GetValueOrDefault((user, key));

    /// <summary>Adds a session as the last one to be closed.</summary>
    public void Insert(SessionWindow window)
    {
        var key = (window.UserId, window.SessionKey);
        window.NextOfKey = _byKey.GetValueOrDefault(key);
        _byKey[key] = window;
        Count++;
        Append(window);
    }

    /// <summary>Makes the session the last one to be closed. Positions must increase from call to call.</summary>
    public void Touch(SessionWindow window, long position)
    {
        window.Touched = position;
        if (window != _newest)
        {
            Unlink(window);
            Append(window);
        }
    }

    /// <summary>Removes the session untouched for longest.</summary>
    public void CloseOldest()
    {
        var oldest = Oldest!;
        _stored.Closed(oldest);
        Drop(oldest);
    }

    /// <summary>Removes a session that has become a part of another one.</summary>
    public void Remove(SessionWindow window)
    {
        _stored.Removed(window);
        Drop(window);
    }

    /// <inheritdoc cref="IOperator.Capture"/>
    public void Capture(OperatorImage image) => _stored.Capture(image, Oldest, _newest, Count);

    /// <inheritdoc cref="IOperator.Restore"/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _byKey.Clear();
        (Oldest, _newest, Count) = (null, null, 0);
        _stored.Restore(parts).ForEach(Insert);
        _stored.BeginWalk(Oldest, Count);
    }

    private void Drop(SessionWindow window)
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

        Count--;
        Unlink(window);
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
        _stored.Leaves(window);
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
}
