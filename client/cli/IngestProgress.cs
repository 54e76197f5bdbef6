using System.Diagnostics;
using System.Globalization;
using OrleansAnalytics.Client;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary>The line on the error output that says how far an ingest is; silent unless that is a terminal.</summary>
internal sealed class IngestProgress(ProgressTask? task) : IProgress<UploadProgress>
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private SendResult _before = SendResult.Nothing;
    private SendResult _now = SendResult.Nothing;
    private long _recordsBefore;
    private long _records;

    /// <summary>Records acknowledged, over all files.</summary>
    public long Acknowledged => _recordsBefore + _records;

    /// <summary>Records acknowledged of the file under way.</summary>
    public long AcknowledgedOfFile => _records;

    /// <summary>Records rejected, over all files.</summary>
    public long Rejected => _before.RejectedTotal + _now.RejectedTotal;

    /// <summary>Where the file under way is read, and how long it is; 0 if that is not known.</summary>
    public Func<(long Position, long Length)> File { get; set; } = () => (0, 0);

    public void Report(UploadProgress value)
    {
        _now = value.Acknowledged;
        _records = value.AcknowledgedRecords;
        if (task is null)
            return;
        var (position, length) = File();
        task.IsIndeterminate = length == 0;
        task.MaxValue = Math.Max(1, length);
        task.Value = position;
        task.Description = Summary();
    }

    /// <summary>Begins with the next file.</summary>
    public void NextFile()
    {
        (_before, _now) = (_before with { RejectedTotal = Rejected }, SendResult.Nothing);
        (_recordsBefore, _records) = (Acknowledged, 0);
    }

    /// <summary><c>17,434 acknowledged, 0 rejected, 95,000 events/s</c></summary>
    public string Summary()
    {
        var seconds = Math.Max(1e-3, Stopwatch.GetElapsedTime(_began).TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"{Acknowledged:N0} acknowledged, {Rejected:N0} rejected, {Acknowledged / seconds:N0} events/s");
    }
}
