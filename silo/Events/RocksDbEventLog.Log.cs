namespace OrleansAnalytics.Events;

internal static partial class RocksDbEventLogLog
{
    [LoggerMessage(40, LogLevel.Critical, "Partition {Partition} of the log in {Folder} lost the acknowledged positions {First} to {Last}; everything else is served")]
    public static partial void Lost(ILogger logger, int partition, string folder, long first, long last);
}

/// <summary>Positions that were acknowledged and that the log did not have when it was opened, inclusive.</summary>
internal readonly record struct LogLoss(int Partition, long First, long Last);
