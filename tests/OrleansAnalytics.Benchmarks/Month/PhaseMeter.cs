using System.Diagnostics;
using System.Globalization;
using OrleansAnalytics.Benchmarks.Results;

namespace OrleansAnalytics.Benchmarks.Month;

/// <summary>What a phase of this process costs.</summary>
internal static class PhaseMeter
{
    private const string ResetPeak = "/proc/self/clear_refs";

    /// <summary>Runs a phase; answers its row: name, what it tells, seconds, processor seconds, largest working set since its begin.</summary>
    public static string[] Measure(string phase, Func<string> run)
    {
        Progress.Tell(phase);
        GC.Collect();
        if (File.Exists(ResetPeak))
        {
            // Else the peak is that of all phases so far.
            File.WriteAllText(ResetPeak, "5");
        }

        var (watch, cpu) = (Stopwatch.StartNew(), Cpu());
        var told = run();
        var (seconds, used) = (watch.Elapsed.TotalSeconds, Cpu() - cpu);
        using var self = Process.GetCurrentProcess();
        return [phase, told, Text(seconds, "N2"), Text(used.TotalSeconds, "N2"), Text(self.PeakWorkingSet64 / 1e6, "N0")];
    }

    private static TimeSpan Cpu() => Environment.CpuUsage.TotalTime;

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
