using Confluent.Kafka;
using Confluent.Kafka.Admin;
using ErrorCode = Confluent.Kafka.ErrorCode;

namespace OrleansAnalytics.Events;

/// <summary>Looks at the topic once, at start: is it there, with the partitions that the log is to have?</summary>
internal static class KafkaTopic
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns when the topic can be used; creates it if that is wanted.</summary>
    /// <exception cref="EventLogUnavailableException">No broker answers, the credentials are refused, there is no such topic, or it has another number of partitions.</exception>
    public static async Task OpenAsync(IAdminClient admin, KafkaClients clients, KafkaLogOptions options, int partitions, ILogger logger, CancellationToken cancellationToken)
    {
        var deadline = Environment.TickCount64 + (long)options.ConnectTimeout.TotalMilliseconds;
        var isCreated = false;
        while (true)
        {
            // All topics, because asking for one by name may create it, with partitions of the broker's liking.
            var all = await Task.Run(() => Metadata(admin, clients, options), cancellationToken);
            var topic = all.Topics.Find(one => one.Topic == options.Topic);
            if (topic is { Error.IsError: false, Partitions.Count: > 0 })
            {
                Check(topic, options, partitions);
                clients.Succeeded();
                return;
            }

            if (topic is null && !isCreated)
            {
                if (!options.CreateTopic)
                {
                    throw new EventLogUnavailableException(
                        $"there is no topic {options.Topic} at {clients.Brokers}, or it may not be seen: create it with {partitions} partitions, or set Log:Kafka:CreateTopic");
                }

                await CreateAsync(admin, clients, options, partitions, logger);
                isCreated = true;
            }
            else if (topic?.Error is { IsError: true } error && !isCreated && error.Code != ErrorCode.LeaderNotAvailable)
            {
                throw new EventLogUnavailableException($"the topic {options.Topic} at {clients.Brokers} cannot be used: {error.Reason}");
            }

            if (Environment.TickCount64 > deadline)
            {
                throw new EventLogUnavailableException($"the topic {options.Topic} at {clients.Brokers} was not ready in {options.ConnectTimeout.TotalSeconds:0.#} s{clients.Trouble}");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static Metadata Metadata(IAdminClient admin, KafkaClients clients, KafkaLogOptions options)
    {
        try
        {
            return admin.GetMetadata(options.ConnectTimeout);
        }
        catch (KafkaException exception)
        {
            throw new EventLogUnavailableException(
                $"the log's brokers {clients.Brokers} did not answer in {options.ConnectTimeout.TotalSeconds:0.#} s{(clients.Trouble.Length > 0 ? clients.Trouble : $": {exception.Error.Reason}")}", exception);
        }
    }

    private static void Check(TopicMetadata topic, KafkaLogOptions options, int partitions)
    {
        if (topic.Partitions.Count != partitions)
        {
            throw new EventLogUnavailableException(
                $"the topic {options.Topic} has {topic.Partitions.Count} partitions and Log:Partitions is {partitions}: they must be equal, and stay so, because a user's partition depends on their number");
        }
    }

    private static async Task CreateAsync(IAdminClient admin, KafkaClients clients, KafkaLogOptions options, int partitions, ILogger logger)
    {
        try
        {
            await admin.CreateTopicsAsync(
                [new TopicSpecification { Name = options.Topic, NumPartitions = partitions, ReplicationFactor = (short)options.ReplicationFactor }],
                new CreateTopicsOptions { OperationTimeout = options.ConnectTimeout, RequestTimeout = options.ConnectTimeout });
            KafkaEventLogLog.Created(logger, options.Topic, partitions);
        }
        catch (CreateTopicsException exception) when (exception.Results.TrueForAll(one => one.Error.Code == ErrorCode.TopicAlreadyExists))
        {
            // Another silo was faster.
        }
        catch (KafkaException exception)
        {
            throw new EventLogUnavailableException(
                $"the topic {options.Topic} could not be created at {clients.Brokers} with {partitions} partitions, {options.ReplicationFactor} copies each: {exception.Error.Reason}", exception);
        }
    }
}
