namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// The open sessions of a partition: by name, and in the order in which they were last touched, which is also how they are stored (<see cref="SessionSegments"/>).
/// A session is known by its row until it is closed or removed.
/// </summary>
internal sealed class OpenSessions
{
    private readonly RowTable<SessionWindow> _rows = new();
    private readonly SessionIndex _byName;
    private readonly SessionSegments _stored;
    private int _newest = SessionIndex.None;

    public OpenSessions() => (_byName, _stored) = (new SessionIndex(_rows), new SessionSegments(_rows));

    public int Count => _rows.Count;

    /// <summary>The session untouched for longest, or <see cref="SessionIndex.None"/>; follow <see cref="SessionWindow.Newer"/> for the rest.</summary>
    public int Oldest { get; private set; } = SessionIndex.None;

    /// <summary>A session, to be changed in place.</summary>
    public ref SessionWindow this[int row] => ref _rows[row];

    /// <summary>The sessions of a name, chained by <see cref="SessionWindow.NextOfName"/>; <see cref="SessionIndex.None"/> if there are none.</summary>
    public int FirstOf(SessionName name) => _byName.Find(name);

    /// <summary>Lets the processor fetch what <see cref="FirstOf"/> needs: see <see cref="Ahead"/>.</summary>
    public void Fetch(SessionName name) => _byName.Fetch(name);

    /// <summary>Lets it fetch the session that is most likely found.</summary>
    public void FetchFirstOf(SessionName name) => _byName.FetchRow(name);

    /// <summary>Adds a session as the last one to be closed.</summary>
    /// <returns>Its row.</returns>
    public int Insert(in SessionWindow window)
    {
        var row = _rows.Add(window);
        ref var added = ref _rows[row];
        added.NextOfName = _byName.Find(window.Name);
        _byName.Set(window.Name, row);
        Append(row, ref added);
        return row;
    }

    /// <summary>Makes the session the last one to be closed. Positions must increase from call to call.</summary>
    public void Touch(int row, long position)
    {
        ref var window = ref _rows[row];
        window.Touched = position;
        if (row != _newest)
        {
            Unlink(row, ref window);
            Append(row, ref window);
        }
    }

    /// <summary>Removes the session untouched for longest.</summary>
    public void CloseOldest()
    {
        _stored.Closed(_rows[Oldest]);
        Drop(Oldest);
    }

    /// <summary>Removes a session that has become a part of another one.</summary>
    public void Remove(int row)
    {
        _stored.Removed(_rows[row]);
        Drop(row);
    }

    /// <inheritdoc cref="IOperator.Capture"/>
    public void Capture(OperatorImage image) => _stored.Capture(image, Oldest, _newest);

    /// <inheritdoc cref="IOperator.Restore"/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _byName.Clear();
        _rows.Clear();
        (Oldest, _newest) = (SessionIndex.None, SessionIndex.None);
        foreach (var window in _stored.Restore(parts))
        {
            Insert(window);
        }

        _stored.BeginWalk(Oldest);
    }

    private void Drop(int row)
    {
        ref var window = ref _rows[row];
        var first = _byName.Find(window.Name);
        if (first != row)
        {
            while (_rows[first].NextOfName != row)
            {
                first = _rows[first].NextOfName;
            }

            _rows[first].NextOfName = window.NextOfName;
        }
        else if (window.NextOfName == SessionIndex.None)
        {
            _byName.Remove(window.Name);
        }
        else
        {
            _byName.Set(window.Name, window.NextOfName);
        }

        Unlink(row, ref window);
        _rows.Remove(row);
    }

    private void Append(int row, ref SessionWindow window)
    {
        (window.Older, window.Newer) = (_newest, SessionIndex.None);
        if (_newest == SessionIndex.None)
        {
            Oldest = row;
        }
        else
        {
            _rows[_newest].Newer = row;
        }

        _newest = row;
    }

    private void Unlink(int row, ref SessionWindow window)
    {
        _stored.Leaves(row);
        if (window.Older == SessionIndex.None)
        {
            Oldest = window.Newer;
        }
        else
        {
            _rows[window.Older].Newer = window.Newer;
        }

        if (window.Newer == SessionIndex.None)
        {
            _newest = window.Older;
        }
        else
        {
            _rows[window.Newer].Older = window.Older;
        }
    }
}
