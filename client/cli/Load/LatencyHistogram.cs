using System.Numerics;

namespace OrleansAnalytics.Cli;

/// <summary>
/// Counts of latencies in buckets that are as wide as the latency is long: exact up to 255 µs, beyond it no more than 1/128 too high, up to 36 years. As in
/// HdrHistogram. Safe for concurrent use.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int Exact = 256;
    private const int PerOctave = 128;
    private const int HighestBit = 49;

    private readonly long[] _counts = new long[Exact + ((HighestBit - 7) * PerOctave)];
    private long _maxMicroseconds;

    /// <summary>Latencies recorded.</summary>
    public long Count => _counts.Sum();

    /// <summary>The longest one, exact.</summary>
    public TimeSpan Max => TimeSpan.FromMicroseconds(Interlocked.Read(ref _maxMicroseconds));

    /// <summary>Counts one; a negative one as none at all.</summary>
    public void Record(TimeSpan latency)
    {
        var microseconds = Math.Clamp(latency.Ticks / TimeSpan.TicksPerMicrosecond, 0, (1L << (HighestBit + 1)) - 1);
        Interlocked.Increment(ref _counts[BucketOf(microseconds)]);
        Raise(microseconds);
    }

    /// <summary>A latency that this share of all did not exceed; zero if there are none.</summary>
    /// <param name="percentile">0 to 100: 99.9.</param>
    public TimeSpan Percentile(double percentile)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(percentile, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percentile, 100);
        var wanted = Math.Max(1, (long)Math.Ceiling(Count * (decimal)percentile / 100));
        var seen = 0L;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += Interlocked.Read(ref _counts[bucket]);
            if (seen >= wanted)
                return TimeSpan.FromMicroseconds(Math.Min(HighestOf(bucket), Interlocked.Read(ref _maxMicroseconds)));
        }
        return TimeSpan.Zero;
    }

    /// <summary>Adds what another one has counted.</summary>
    public void Add(LatencyHistogram other) => Add(other.Buckets(), other.Max);

    /// <summary>Adds counts by bucket, as <see cref="Buckets"/> gives them.</summary>
    /// <exception cref="FormatException">There is no such bucket.</exception>
    public void Add(IReadOnlyDictionary<int, long> buckets, TimeSpan max)
    {
        foreach (var (bucket, count) in buckets)
        {
            if (bucket < 0 || bucket >= _counts.Length || count < 0)
                throw new FormatException($"{bucket} is no bucket of latencies");
            Interlocked.Add(ref _counts[bucket], count);
        }
        Raise(max.Ticks / TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>The counts of the buckets that are not empty.</summary>
    public IReadOnlyDictionary<int, long> Buckets() => _counts.Index().Where(bucket => bucket.Item > 0).ToDictionary(bucket => bucket.Index, bucket => bucket.Item);

    /// <summary>The counts of the buckets that are not empty with the longest latency that each may hold, from the shortest on.</summary>
    public IEnumerable<(TimeSpan UpTo, long Count)> Steps() =>
        Buckets().OrderBy(bucket => bucket.Key).Select(bucket => (TimeSpan.FromMicroseconds(Math.Min(HighestOf(bucket.Key), Interlocked.Read(ref _maxMicroseconds))), bucket.Value));

    private void Raise(long microseconds)
    {
        for (var max = Interlocked.Read(ref _maxMicroseconds); microseconds > max; max = Interlocked.Read(ref _maxMicroseconds))
            Interlocked.CompareExchange(ref _maxMicroseconds, microseconds, max);
    }

    private static int BucketOf(long microseconds)
    {
        if (microseconds < Exact)
            return (int)microseconds;
        var shift = BitOperations.Log2((ulong)microseconds) - 7;
        return Exact + ((shift - 1) * PerOctave) + (int)(microseconds >> shift) - PerOctave;
    }

    private static long HighestOf(int bucket)
    {
        if (bucket < Exact)
            return bucket;
        var shift = ((bucket - Exact) / PerOctave) + 1;
        var lead = ((bucket - Exact) % PerOctave) + PerOctave;
        return ((lead + 1L) << shift) - 1;
    }
}
