using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Per partition the position up to which an entity has folded events, and the one up to which that is saved. There is one of these per active entity,
/// and most entities (every user) hear of one partition only, so the first is kept in place and an array is made for further ones.
/// </summary>
public struct AppliedPositions
{
    private Mark _first;
    private Mark[]? _others;
    private int _count;

    /// <summary>The position of <paramref name="partition"/>; 0 if it never sent an event.</summary>
    public readonly long this[int partition] => _count > 0 && _first.Partition == partition ? _first.Applied : Other(partition).Applied;

    /// <summary>How much of that is saved.</summary>
    public readonly long Saved(int partition) => _count > 0 && _first.Partition == partition ? _first.Saved : Other(partition).Saved;

    /// <summary>Raises the position of <paramref name="partition"/>; a lower one changes nothing.</summary>
    public void Raise(int partition, long position)
    {
        if (_count == 0)
        {
            (_first, _count) = (new Mark { Partition = partition }, 1);
        }

        if (_first.Partition == partition)
        {
            _first.Applied = Math.Max(_first.Applied, position);
            return;
        }

        for (var i = 0; i < _count - 1; i++)
        {
            if (_others![i].Partition == partition)
            {
                _others[i].Applied = Math.Max(_others[i].Applied, position);
                return;
            }
        }

        if (_count > (_others?.Length ?? 0))
        {
            Array.Resize(ref _others, Math.Max(1, _count * 2 - 1));
        }

        _others![_count - 1] = new Mark { Partition = partition, Applied = position };
        _count++;
    }

    /// <summary>What is applied now is being saved.</summary>
    public void BeginSave()
    {
        _first.Saving = _first.Applied;
        for (var i = 0; i < _count - 1; i++)
        {
            _others![i].Saving = _others[i].Applied;
        }
    }

    /// <summary>What was applied when the save began is saved.</summary>
    public void EndSave()
    {
        _first.Saved = _first.Saving;
        for (var i = 0; i < _count - 1; i++)
        {
            _others![i].Saved = _others[i].Saving;
        }
    }

    /// <summary>Writes count, then partition and position of each.</summary>
    public readonly void WriteTo(FormatWriter writer)
    {
        writer.Count(_count);
        for (var i = 0; i < _count; i++)
        {
            ref readonly var mark = ref i == 0 ? ref _first : ref _others![i - 1];
            writer.Count(mark.Partition);
            writer.Count(mark.Applied);
        }
    }

    /// <summary>Replaces all positions by stored ones, which are saved.</summary>
    public void ReadFrom(ref FormatReader reader)
    {
        this = default;
        for (var left = reader.Items(); left > 0; left--)
        {
            var partition = reader.Count();
            if (partition >= int.MaxValue)
            {
                throw new DamagedFormatException($"{partition} is no partition");
            }

            Raise((int)partition, reader.Count());
        }

        BeginSave();
        EndSave();
    }

    /// <summary>Lets the processor fetch the positions that are not in place: see <see cref="Ahead"/>.</summary>
    public readonly void Fetch() => Ahead.Fetch(_others, lines: 4);

    private readonly Mark Other(int partition)
    {
        for (var i = 0; i < _count - 1; i++)
        {
            if (_others![i].Partition == partition)
            {
                return _others[i];
            }
        }

        return default;
    }

    private struct Mark
    {
        public int Partition;
        public long Applied;
        public long Saving;
        public long Saved;
    }
}
