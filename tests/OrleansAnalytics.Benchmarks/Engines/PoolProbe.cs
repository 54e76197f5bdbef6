using System.Diagnostics;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>
/// How long whoever comes from outside waits for a thread of the pool: one piece of work after the other goes through the common queue, as requests and the silo's own work do.
/// Orleans warns above a second.
/// </summary>
internal sealed class PoolProbe : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly List<TimeSpan> _waits = [];
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    /// <summary>Begins.</summary>
    public PoolProbe()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "pool probe" };
        _thread.Start();
    }

    /// <summary>Ends, and says what was measured.</summary>
    public string Stop()
    {
        _stop.Set();
        _thread.Join();
        _waits.Sort();
        return $"others waited {At(0.5):0} ms for a thread of the pool (median; p99 {At(0.99):0} ms, at the longest {At(1):0})";
    }

    public void Dispose() => Stop();

    private double At(double share) => _waits[(int)Math.Ceiling(share * _waits.Count) - 1].TotalMilliseconds;

    private void Run()
    {
        do
        {
            var came = new ManualResetEventSlim();
            var sent = Stopwatch.GetTimestamp();
            ThreadPool.UnsafeQueueUserWorkItem(static came => came.Set(), came, preferLocal: false);
            came.Wait();
            _waits.Add(Stopwatch.GetElapsedTime(sent));
        }
        while (!_stop.Wait(Pause));
    }
}
