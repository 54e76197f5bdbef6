namespace OrleansAnalytics.Reports;

/// <summary>Where report snapshots go. A name that exists is replaced as a whole; readers never see half a file.</summary>
public interface IReportSink
{
    /// <summary>Writes one snapshot in every format the sink knows.</summary>
    /// <param name="report">The report with its table and positions.</param>
    /// <param name="period">What it covers, as part of the name: <c>2019-10-01</c>.</param>
    /// <param name="cancellationToken">Gives up; nothing is half-written.</param>
    /// <returns>Where the files are.</returns>
    /// <exception cref="ArgumentException">The report's name or the period is no safe file name (<see cref="SnapshotName.Check"/>).</exception>
    ValueTask<IReadOnlyList<string>> WriteAsync(Report report, string period, CancellationToken cancellationToken = default);
}
