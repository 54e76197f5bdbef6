using Microsoft.Extensions.Logging;

namespace OrleansAnalytics.Partitions;

internal sealed partial class LiveEntity<TFold>
{
    private void LogPoison(GrainId entity, int partition, long position, Exception exception) =>
        EntityLog.Poison(_logger, entity, partition, position, exception);

    private void LogLastSaveFailed(GrainId entity, Exception exception) => EntityLog.LastSaveFailed(_logger, entity, exception);

    private void LogLostOwnership(GrainId entity, Exception exception) => EntityLog.LostOwnership(_logger, entity, exception);

    private void LogTwin(GrainId entity) => EntityLog.Twin(_logger, entity);

    private void LogDamaged(GrainId entity, Exception exception) => EntityLog.Damaged(_logger, entity, exception);
}

internal static partial class EntityLog
{
    [LoggerMessage(1, LogLevel.Warning, "{Entity} cannot fold the event at {Partition}/{Position}; it is set aside")]
    public static partial void Poison(ILogger logger, GrainId entity, int partition, long position, Exception exception);

    [LoggerMessage(2, LogLevel.Information, "{Entity} was written by another activation; this one steps back")]
    public static partial void LostOwnership(ILogger logger, GrainId entity, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "{Entity} could not be saved while deactivating; its events will be replayed")]
    public static partial void LastSaveFailed(ILogger logger, GrainId entity, Exception exception);

    [LoggerMessage(4, LogLevel.Critical, "{Entity} cannot be read from storage; it answers no questions, and its events go to the dead letters")]
    public static partial void Damaged(ILogger logger, GrainId entity, Exception exception);

    [LoggerMessage(5, LogLevel.Information, "{Entity} was asked and finds that another activation has saved it; this one answers from storage and steps back")]
    public static partial void Twin(ILogger logger, GrainId entity);
}
