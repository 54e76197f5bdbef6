using Microsoft.Extensions.Logging;

namespace OrleansAnalytics.Reports;

internal static partial class ReportGrainLog
{
    [LoggerMessage(1, LogLevel.Information, "Snapshot of {Report} with {Rows} rows written to {Location}")]
    public static partial void SnapshotWritten(ILogger logger, string report, int rows, string location);
}
