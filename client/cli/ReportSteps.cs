using System.Diagnostics;

namespace OrleansAnalytics.Cli;

/// <summary>Says on standard error which report is being computed, and how long the one before took.</summary>
internal sealed class ReportSteps : IProgress<string>
{
    private readonly Stopwatch _all = Stopwatch.StartNew();
    private TimeSpan _began;
    private string? _step;

    /// <inheritdoc/>
    public void Report(string value)
    {
        EndStep();
        (_step, _began) = (value, _all.Elapsed);
    }

    /// <summary>All are done.</summary>
    public void End()
    {
        EndStep();
        Write("all", _all.Elapsed);
    }

    private void EndStep()
    {
        if (_step is not null)
            Write(_step, _all.Elapsed - _began);
        _step = null;
    }

    private static void Write(string step, TimeSpan took) => Console.Error.WriteLine(FormattableString.Invariant($"{step,-30} {took.TotalSeconds,8:N2} s"));
}
