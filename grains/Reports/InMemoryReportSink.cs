using System.Collections.Concurrent;

namespace OrleansAnalytics.Reports;

/// <summary>Keeps the last snapshot of each report and period in memory. Safe for concurrent use.</summary>
public sealed class InMemoryReportSink : IReportSink
{
    private readonly ConcurrentDictionary<(string Report, string Period), Report> _snapshots = new();
    private int _writes;

    /// <summary>How often a snapshot was written.</summary>
    public int Writes => Volatile.Read(ref _writes);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> WriteAsync(Report report, string period, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SnapshotName.Check(report.Name);
        SnapshotName.Check(period);
        _snapshots[(report.Name, period)] = report;
        Interlocked.Increment(ref _writes);
        return new(new[] { $"memory:{report.Name}/{period}" });
    }

    /// <summary>What was last written under this name, or null.</summary>
    public Report? Find(string report, string period) => _snapshots.GetValueOrDefault((report, period));
}
