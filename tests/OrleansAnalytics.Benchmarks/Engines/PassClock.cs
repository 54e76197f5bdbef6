using System.Diagnostics;
using OrleansAnalytics.Benchmarks.Results;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>Measures one pass and tells how far it is, on standard error.</summary>
internal sealed class PassClock : IDisposable
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(3);

    private readonly Timer _timer;
    private readonly string _what;
    private readonly string _pass;
    private readonly long _events;
    private readonly Func<long> _done;
    private readonly TimeSpan _cpuBefore;
    private readonly long _started;
    private readonly Garbage _garbageBefore;
    private readonly PoolProbe _pool = new();
    private TimeSpan? _applied;

    private PassClock(string what, string pass, long events, Func<long> done)
    {
        (_what, _pass, _events, _done) = (what, pass, events, done);
        _timer = new Timer(_ => Tell(), null, TellEvery, TellEvery);
        _garbageBefore = Garbage.Now();
        _cpuBefore = Cpu();
        _started = Stopwatch.GetTimestamp();
    }

    /// <summary>Clears what earlier work left behind, and starts.</summary>
    /// <param name="what">Who runs.</param>
    /// <param name="pass">The pass.</param>
    /// <param name="events">How many events it has.</param>
    /// <param name="done">How many are done by now.</param>
    public static PassClock Start(string what, string pass, long events, Func<long> done)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return new PassClock(what, pass, events, done);
    }

    /// <summary>Every grain has every event.</summary>
    public void Applied() => _applied = Stopwatch.GetElapsedTime(_started);

    /// <summary>All is done.</summary>
    public PassResult Stop()
    {
        var took = Stopwatch.GetElapsedTime(_started);
        var cpu = Cpu() - _cpuBefore;
        var pool = _pool.Stop();
        if (_events > 0)
        {
            Progress.Tell($"  {_what}, {_pass}: {Garbage.Now().Since(_garbageBefore, _events)}");
            Progress.Tell($"  {_what}, {_pass}: {pool}");
        }

        using var process = Process.GetCurrentProcess();
        return new(_pass, _events, (_applied ?? took).TotalSeconds, took.TotalSeconds, cpu.TotalSeconds, process.PeakWorkingSet64, pool);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _timer.Dispose();
    }

    private static TimeSpan Cpu()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }

    private void Tell()
    {
        var done = _done();
        var rate = done / Stopwatch.GetElapsedTime(_started).TotalSeconds;
        Progress.Tell($"  {_what}, {_pass}: {done:N0} of {_events:N0} events, {rate:N0} events/s");
    }

    /// <summary>What the collector did.</summary>
    private readonly record struct Garbage(int Youngest, int Middle, int Full, TimeSpan Paused, long Allocated)
    {
        public static Garbage Now() => new(GC.CollectionCount(0), GC.CollectionCount(1), GC.CollectionCount(2), GC.GetTotalPauseDuration(), GC.GetTotalAllocatedBytes());

        public string Since(Garbage before, long events) =>
            $"{Youngest - before.Youngest} collections, {Middle - before.Middle} of them of the middle generation or full, {Full - before.Full} full; " +
            $"paused for {(Paused - before.Paused).TotalSeconds:0.00} s; {(Allocated - before.Allocated) / (double)events:N0} bytes allocated an event";
    }
}
