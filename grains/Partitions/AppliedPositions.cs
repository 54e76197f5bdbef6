using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Per partition the position up to which an entity has folded events. There is one of these per active entity, and most entities (every user) hear of one
/// partition only, so the first is kept in place and arrays are made for further ones.
/// </summary>
public sealed class AppliedPositions
{
    // One more than the partition's number, so that 0 means none yet.
    private int _firstTag;
    private long _firstPosition;
    private int[]? _otherPartitions;
    private long[]? _otherPositions;

    private int Count => _firstTag == 0 ? 0 : 1 + (_otherPartitions?.Length ?? 0);

    /// <summary>The position of <paramref name="partition"/>; 0 if it never sent an event.</summary>
    public long this[int partition]
    {
        get
        {
            if (_firstTag == partition + 1)
            {
                return _firstPosition;
            }

            var index = Other(partition);
            return index < 0 ? 0 : _otherPositions![index];
        }
    }

    /// <summary>Raises the position of <paramref name="partition"/>; a lower one changes nothing.</summary>
    public void Raise(int partition, long position)
    {
        if (_firstTag == 0)
        {
            _firstTag = partition + 1;
        }

        if (_firstTag == partition + 1)
        {
            _firstPosition = Math.Max(_firstPosition, position);
            return;
        }

        var index = Other(partition);
        if (index >= 0)
        {
            _otherPositions![index] = Math.Max(_otherPositions[index], position);
            return;
        }

        _otherPartitions = [.. _otherPartitions ?? [], partition];
        _otherPositions = [.. _otherPositions ?? [], position];
    }

    /// <summary>Takes over all positions of <paramref name="other"/>.</summary>
    public void CopyFrom(AppliedPositions other)
    {
        (_firstTag, _firstPosition) = (other._firstTag, other._firstPosition);
        // Partitions are only ever added, and that makes a new array: one array may serve both.
        _otherPartitions = other._otherPartitions;
        _otherPositions = other._otherPositions is null ? null : [.. other._otherPositions];
    }

    /// <summary>Writes count, then partition and position of each.</summary>
    public void WriteTo(FormatWriter writer)
    {
        writer.Count(Count);
        if (_firstTag == 0)
        {
            return;
        }

        writer.Count(_firstTag - 1);
        writer.Count(_firstPosition);
        for (var i = 0; i < _otherPartitions?.Length; i++)
        {
            writer.Count(_otherPartitions[i]);
            writer.Count(_otherPositions![i]);
        }
    }

    /// <summary>Replaces all positions by stored ones.</summary>
    public void ReadFrom(ref FormatReader reader)
    {
        (_firstTag, _firstPosition, _otherPartitions, _otherPositions) = (0, 0, null, null);
        for (var left = reader.Items(); left > 0; left--)
        {
            var partition = reader.Count();
            if (partition >= int.MaxValue)
            {
                throw new DamagedFormatException($"{partition} is no partition");
            }

            Raise((int)partition, reader.Count());
        }
    }

    private int Other(int partition) => _otherPartitions is null ? -1 : Array.IndexOf(_otherPartitions, partition);
}
