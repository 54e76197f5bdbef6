using Microsoft.Extensions.Logging;

namespace OrleansAnalytics.Partitions;

public sealed partial class PartitionPump
{
    private void LogRecovered(int partition, long position, long generation) => PartitionLog.Recovered(_parts.Logger, partition, position, generation);

    private void LogRewind(int partition, string reason) => PartitionLog.Rewind(_parts.Logger, partition, reason);

    private void LogFailure(int partition, Exception exception) => PartitionLog.Failure(_parts.Logger, partition, exception);

    private void LogLostOwnership(int partition, string reason) => PartitionLog.LostOwnership(_parts.Logger, partition, reason);

    private void LogDamage(int partition, string damage) => PartitionLog.Damage(_parts.Logger, partition, damage);

    private void LogLostByRetention(int partition, long first, long last) => PartitionLog.LostByRetention(_parts.Logger, partition, first, last);
}

internal static partial class PartitionLog
{
    [LoggerMessage(20, LogLevel.Information, "Partition {Partition} reads on after {Position} as owner {Generation}")]
    public static partial void Recovered(ILogger logger, int partition, long position, long generation);

    [LoggerMessage(21, LogLevel.Warning, "Partition {Partition} goes back to its checkpoint: {Reason}")]
    public static partial void Rewind(ILogger logger, int partition, string reason);

    [LoggerMessage(22, LogLevel.Error, "Partition {Partition} failed and goes back to its checkpoint")]
    public static partial void Failure(ILogger logger, int partition, Exception exception);

    [LoggerMessage(23, LogLevel.Information, "Partition {Partition} has another owner now: {Reason}")]
    public static partial void LostOwnership(ILogger logger, int partition, string reason);

    [LoggerMessage(24, LogLevel.Critical, "Partition {Partition} lost positions {First} to {Last}: retention removed them before they were read")]
    public static partial void LostByRetention(ILogger logger, int partition, long first, long last);

    [LoggerMessage(25, LogLevel.Critical, "Partition {Partition}: {Damage}; it is in the dead letters, and reading goes on")]
    public static partial void Damage(ILogger logger, int partition, string damage);
}
