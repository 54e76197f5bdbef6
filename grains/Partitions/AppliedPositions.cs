using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>Per partition the position up to which an entity has folded events. Small (a user has one partition, a product at most all), so two arrays beat a dictionary.</summary>
public sealed class AppliedPositions
{
    private int[] _partitions = [];
    private long[] _positions = [];

    /// <summary>The position of <paramref name="partition"/>; 0 if it never sent an event.</summary>
    public long this[int partition]
    {
        get
        {
            var index = Array.IndexOf(_partitions, partition);
            return index < 0 ? 0 : _positions[index];
        }
    }

    /// <summary>Raises the position of <paramref name="partition"/>; a lower one changes nothing.</summary>
    public void Raise(int partition, long position)
    {
        var index = Array.IndexOf(_partitions, partition);
        if (index >= 0)
        {
            _positions[index] = Math.Max(_positions[index], position);
            return;
        }

        _partitions = [.. _partitions, partition];
        _positions = [.. _positions, position];
    }

    /// <summary>Takes over all positions of <paramref name="other"/>.</summary>
    public void CopyFrom(AppliedPositions other)
    {
        if (_partitions.Length != other._partitions.Length)
        {
            _partitions = [.. other._partitions];
            _positions = [.. other._positions];
            return;
        }

        other._partitions.CopyTo(_partitions, 0);
        other._positions.CopyTo(_positions, 0);
    }

    /// <summary>Writes count, then partition and position of each.</summary>
    public void WriteTo(FormatWriter writer)
    {
        writer.Count(_partitions.Length);
        for (var i = 0; i < _partitions.Length; i++)
        {
            writer.Count(_partitions[i]);
            writer.Count(_positions[i]);
        }
    }

    /// <summary>Replaces all positions by stored ones.</summary>
    public void ReadFrom(ref FormatReader reader)
    {
        var count = reader.Items();
        _partitions = new int[count];
        _positions = new long[count];
        for (var i = 0; i < count; i++)
        {
            _partitions[i] = (int)reader.Count();
            _positions[i] = reader.Count();
        }
    }
}
