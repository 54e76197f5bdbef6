using System.Globalization;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// The rows of a file, divided by hour, so that every hour is cleaned and sorted by itself in little memory. While the file is in the order of time, as
/// exports of a shop are, an hour is complete when two others have begun since: it is given away at once and never touches the disk. After the first row that
/// comes too late for that, all rows go to files, and the hours that were given away too early are told, for whoever reads the file again.
/// </summary>
/// <param name="folder">Where the files are; exists and is empty.</param>
/// <param name="mostInMemory">Bytes of one hour that are held in memory while the file is in order.</param>
/// <param name="complete">Takes complete hours, and gives their buffers back; null if no hour is to be given away.</param>
/// <param name="only">The only hours that are wanted; null for all.</param>
internal sealed class HourBuckets(string folder, int mostInMemory = 0, Action<HourBucket>? complete = null, IReadOnlySet<int>? only = null) : IDisposable
{
    private const int BufferBytes = 512 << 10;
    private const int MostBuffers = 256;
    private const int OpenHours = 2;

    private readonly Dictionary<int, HourBucket> _buckets = [];
    private readonly HashSet<int> _completed = [];
    private readonly HashSet<int> _late = [];
    private readonly HourBucket _nowhere = new(-1, folder);
    private bool _isInOrder = complete is not null;
    private HourBucket? _last;
    private long _turns;
    private int _buffers;

    /// <summary>The hours that have rows and were not given away, in order; the key of an hour is the number <c>2019100102</c>.</summary>
    public IReadOnlyList<HourBucket> All => [.. _buckets.Values.OrderBy(bucket => bucket.Hour)];

    /// <summary>The hours that were given away.</summary>
    public IReadOnlySet<int> Completed => _completed;

    /// <summary>Of those, the hours of which more rows came.</summary>
    public IReadOnlySet<int> Late => _late;

    /// <summary>The rows of an hour.</summary>
    /// <param name="hour">The key of the hour.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    public HourBucket For(int hour)
    {
        if (_last is { } last && last.Hour == hour)
        {
            return last;
        }

        if (_completed.Contains(hour))
        {
            Disorder(hour);
            return Nowhere();
        }

        if (only is not null && !only.Contains(hour))
        {
            return Nowhere();
        }

        if (!_buckets.TryGetValue(hour, out var bucket))
        {
            bucket = new HourBucket(hour, folder);
            _buckets.Add(hour, bucket);
            CompleteAllBut(hour);
        }

        bucket.Turn = ++_turns;
        _last = bucket;
        return bucket;
    }

    /// <summary>Makes room for a row.</summary>
    /// <param name="rows">Where it goes.</param>
    /// <param name="most">The most bytes that the row may have.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    public void MakeRoom(BucketRows rows, int most)
    {
        if (rows.Buffer.Length - rows.Used >= most)
        {
            return;
        }

        var isNew = rows.Buffer.Length == 0;
        if (_isInOrder && rows.Used + (long)most <= mostInMemory)
        {
            rows.Grow(Math.Min(Math.Max(rows.Used + most, Math.Max(BufferBytes, rows.Buffer.Length * 2)), Math.Max(mostInMemory, BufferBytes)));
            _buffers += isNew ? 1 : 0;
            return;
        }

        rows.Write();
        if (rows.Buffer.Length >= most)
        {
            return;
        }

        if (_buffers >= MostBuffers)
        {
            Flush();
        }

        rows.GiveBack();
        rows.Grow(Math.Max(most, BufferBytes));
        _buffers += isNew ? 1 : 0;
    }

    /// <summary>Writes everything that is still buffered.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Flush()
    {
        foreach (var bucket in _buckets.Values)
        {
            bucket.Plain.Write();
            bucket.Odd.Write();
        }

        Dispose();
    }

    /// <summary>Gives the buffers back; what was not written is lost.</summary>
    public void Dispose()
    {
        foreach (var bucket in _buckets.Values.Append(_nowhere))
        {
            bucket.GiveBack();
        }

        _buffers = 0;
    }

    private HourBucket Nowhere()
    {
        _nowhere.Plain.Used = 0;
        _nowhere.Odd.Used = 0;
        return _nowhere;
    }

    private void Disorder(int hour)
    {
        _late.Add(hour);
        if (_isInOrder)
        {
            _isInOrder = false;
            Flush();
        }
    }

    /// <summary>Gives away the hours that were not met for longest, so that few are open.</summary>
    private void CompleteAllBut(int hour)
    {
        if (!_isInOrder)
        {
            return;
        }

        foreach (var bucket in _buckets.Values.Where(bucket => bucket.Hour != CsvDivider.NoHour && bucket.Hour != hour).OrderByDescending(bucket => bucket.Turn).Skip(OpenHours).ToList())
        {
            _buckets.Remove(bucket.Hour);
            _completed.Add(bucket.Hour);
            _buffers -= (bucket.Plain.Buffer.Length > 0 ? 1 : 0) + (bucket.Odd.Buffer.Length > 0 ? 1 : 0);
            complete!(bucket);
        }
    }
}

/// <summary>The rows of one hour: those that are events beyond doubt, as <see cref="PlainRow"/>, and the others as CSV.</summary>
/// <param name="hour">The key of the hour.</param>
/// <param name="folder">Where its files are.</param>
internal sealed class HourBucket(int hour, string folder)
{
    /// <summary>The key of the hour: <c>2019100102</c>.</summary>
    public int Hour { get; } = hour;

    /// <summary>Rows as <see cref="PlainRow"/>.</summary>
    public BucketRows Plain { get; } = new(Path.Combine(folder, hour.ToString(CultureInfo.InvariantCulture) + ".rows"));

    /// <summary>Rows as CSV with the line as last column.</summary>
    public BucketRows Odd { get; } = new(Path.Combine(folder, hour.ToString(CultureInfo.InvariantCulture) + ".csv"));

    /// <summary>When it was turned to last, in turns.</summary>
    public long Turn { get; set; }

    /// <summary>All its rows.</summary>
    public long Rows => Plain.Rows + Odd.Rows;

    /// <summary>Gives the buffers back.</summary>
    public void GiveBack()
    {
        Plain.GiveBack();
        Odd.GiveBack();
    }

    /// <summary>Gives buffers and files back.</summary>
    public void Remove()
    {
        GiveBack();
        File.Delete(Plain.Path);
        File.Delete(Odd.Path);
    }
}
