using System.Buffers;
using System.Globalization;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// The rows of a file, divided by hour into one text file each, so that every hour is cleaned and sorted by itself in little memory. Buffers are bounded in
/// number; files grow by whole buffers and are not kept open.
/// </summary>
/// <param name="folder">Where the files are; exists and is empty.</param>
internal sealed class HourBuckets(string folder) : IDisposable
{
    private const int BufferBytes = 512 << 10;
    private const int MostBuffers = 256;

    private readonly Dictionary<int, HourBucket> _buckets = [];
    private HourBucket? _last;
    private int _buffers;

    /// <summary>The hours that have rows, and how many, in order; the key of an hour is the number <c>2019100102</c>.</summary>
    public IReadOnlyList<HourBucket> All => [.. _buckets.Values.OrderBy(bucket => bucket.Hour)];

    /// <summary>Room for a row; give what was written of it to <see cref="HourBucket.Used"/>.</summary>
    /// <param name="hour">The key of the hour.</param>
    /// <param name="most">The most bytes that the row may have.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    public HourBucket For(int hour, int most)
    {
        if (_last is not { } bucket || bucket.Hour != hour)
        {
            if (!_buckets.TryGetValue(hour, out bucket!))
            {
                bucket = new HourBucket(hour, Path.Combine(folder, hour.ToString(CultureInfo.InvariantCulture) + ".csv"));
                _buckets.Add(hour, bucket);
            }

            _last = bucket;
        }

        if (bucket.Buffer.Length - bucket.Used < most)
        {
            MakeRoom(bucket, most);
        }

        return bucket;
    }

    /// <summary>Writes everything that is still buffered.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Flush()
    {
        foreach (var bucket in _buckets.Values)
        {
            bucket.Write();
        }

        Dispose();
    }

    /// <summary>Gives the buffers back; what was not written is lost.</summary>
    public void Dispose()
    {
        foreach (var bucket in _buckets.Values)
        {
            bucket.GiveBack();
        }

        _buffers = 0;
    }

    private void MakeRoom(HourBucket bucket, int most)
    {
        bucket.Write();
        if (bucket.Buffer.Length >= most)
        {
            return;
        }

        if (_buffers == MostBuffers)
        {
            Flush();
        }

        _buffers += bucket.Buffer.Length == 0 ? 1 : 0;
        bucket.GiveBack();
        bucket.Buffer = ArrayPool<byte>.Shared.Rent(Math.Max(most, BufferBytes));
    }
}

/// <summary>The rows of one hour.</summary>
/// <param name="hour">The key of the hour.</param>
/// <param name="path">The file.</param>
internal sealed class HourBucket(int hour, string path)
{
    private long _length;

    /// <summary>The key of the hour: <c>2019100102</c>.</summary>
    public int Hour { get; } = hour;

    /// <summary>The file; it exists when something was written.</summary>
    public string Path { get; } = path;

    /// <summary>Rows added.</summary>
    public long Rows { get; set; }

    /// <summary>What is not written yet, up to <see cref="Used"/>.</summary>
    public byte[] Buffer { get; set; } = [];

    /// <summary>Bytes of <see cref="Buffer"/> that are used.</summary>
    public int Used { get; set; }

    /// <summary>Writes what is buffered to the end of the file.</summary>
    public void Write()
    {
        if (Used == 0)
        {
            return;
        }

        using var file = File.OpenHandle(Path, FileMode.OpenOrCreate, FileAccess.Write);
        RandomAccess.Write(file, Buffer.AsSpan(0, Used), _length);
        _length += Used;
        Used = 0;
    }

    /// <summary>Gives the buffer back.</summary>
    public void GiveBack()
    {
        if (Buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(Buffer);
            Buffer = [];
            Used = 0;
        }
    }
}
