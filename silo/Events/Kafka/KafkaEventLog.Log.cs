namespace OrleansAnalytics.Events;

internal static partial class KafkaEventLogLog
{
    [LoggerMessage(80, LogLevel.Warning, "The log's brokers: {Reason}")]
    public static partial void Trouble(ILogger logger, string reason);

    [LoggerMessage(81, LogLevel.Debug, "{Line}")]
    public static partial void Line(ILogger logger, string line);

    [LoggerMessage(82, LogLevel.Error, "The producer cannot go on and is replaced: {Reason}")]
    public static partial void Replaced(ILogger logger, string reason);

    [LoggerMessage(83, LogLevel.Information, "The topic {Topic} was created with {Partitions} partitions")]
    public static partial void Created(ILogger logger, string topic, int partitions);
}
