using System.Diagnostics;
using System.Globalization;

namespace OrleansAnalytics.Demo;

/// <summary>One line on standard error that says how far the replay is: redrawn in a terminal, a new line every few seconds elsewhere.</summary>
internal sealed class DemoProgress(TextWriter output, bool terminal, long? expectedEvents)
{
    private const int BarWidth = 30;
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    private readonly long _started = Stopwatch.GetTimestamp();
    private double _readShare;
    private long _lastLine = Stopwatch.GetTimestamp();

    /// <summary>Bytes of the source read, of how many if that is known.</summary>
    public void Read(long bytes, long? of) => _readShare = of is > 0 ? Math.Min(1, (double)bytes / of.Value) : 0;

    /// <summary>Events in every grain, and in the log.</summary>
    public void Applied(long applied, long appended, bool complete)
    {
        // Before the source is read to its end, the whole is only known by estimate.
        var whole = complete ? appended : expectedEvents ?? (_readShare > 0 ? appended / _readShare : 0);
        var share = whole > 0 ? Math.Min(1, applied / whole) : complete ? 1 : 0;
        var seconds = Math.Max(0.001, Stopwatch.GetElapsedTime(_started).TotalSeconds);
        var filled = (int)(share * BarWidth);
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"  [{new string('#', filled)}{new string('.', BarWidth - filled)}] {share,4:P0}  {applied,12:N0} events in every grain, {appended,12:N0} in the log, {applied / seconds,10:N0} events/s");
        if (terminal)
        {
            output.Write("\r" + line);
        }
        else if (Stopwatch.GetElapsedTime(_lastLine) >= Every)
        {
            output.WriteLine(line);
            _lastLine = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Ends the line.</summary>
    public void Done()
    {
        if (terminal)
        {
            output.WriteLine();
        }
    }
}
