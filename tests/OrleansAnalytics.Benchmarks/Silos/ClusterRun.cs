using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Benchmarks.Logs;
using OrleansAnalytics.Benchmarks.Results;
using OrleansAnalytics.Benchmarks.Workloads;
using OrleansAnalytics.Events;
using OrleansAnalytics.Generator;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.PostgreSql;

namespace OrleansAnalytics.Benchmarks.Silos;

/// <summary>
/// What an event costs a cluster of several silos on one machine: the same events through a topic, into processes of their own with state and membership in PostgreSQL. The processor time of
/// all silos together, by event, says what is lost to being several: with more silos the machine has no more cores.
/// </summary>
/// <param name="connection">How to connect to a database that may be filled.</param>
/// <param name="events">Events of the measured pass; as many go before, so that each silo has compiled what it runs.</param>
/// <param name="numbers">Numbers of silos.</param>
/// <param name="seed">Of the generated events.</param>
internal sealed class ClusterRun(string connection, long events, IReadOnlyList<int> numbers, ulong seed)
{
    public static readonly IReadOnlyList<string> Notes =
    [
        $"{BrokerProcess.Partitions} partitions; the brokers are mock brokers in a process beside, the database a server with its default settings on the same machine; lake and snapshots are off. CPU is that of all silos together, without brokers, database and producer.",
        "Updates make no activations (decision 29); several silos send each other what is not at home where its partition is.",
    ];

    /// <summary>Measures each number of silos.</summary>
    public async Task<ResultTable> RunAsync(CancellationToken cancellationToken)
    {
        var (warm, batches) = (await BatchesAsync(events, seed + 1, cancellationToken), await BatchesAsync(events, seed, cancellationToken));
        var table = new ResultTable(["silos", "events/s", "CPU µs/event", "× one silo"], textColumns: 0);
        double? alone = null;
        foreach (var silos in numbers)
        {
            Progress.Tell($"{silos} silos");
            var (seconds, cpu) = await MeasureAsync(silos, warm, batches, cancellationToken);
            var cost = cpu.TotalMicroseconds / events;
            alone ??= cost;
            table.Add(Text(silos, "N0"), Text(events / seconds, "N0"), Text(cost, "N1"), Text(cost / alone.Value, "N2"));
        }

        return table;
    }

    private async Task<(double Seconds, TimeSpan Cpu)> MeasureAsync(int silos, IReadOnlyList<LogBatch>[] warm, IReadOnlyList<LogBatch>[] batches, CancellationToken cancellationToken)
    {
        using var work = new WorkFolder();
        using var brokers = new BrokerProcess();
        var state = new PostgreSqlOptions { ConnectionString = connection, Schema = string.Create(CultureInfo.InvariantCulture, $"benchmark_{Stopwatch.GetTimestamp()}_{silos}") };
        await using (var database = new PostgreSqlDatabase(state, TimeProvider.System))
        {
            await PostgreSqlSchema.ApplyAsync(database, cancellationToken);
        }

        using var log = new KafkaEventLog(
            new KafkaLogOptions { BootstrapServers = brokers.Brokers, Topic = BrokerProcess.Topic }, BrokerProcess.Partitions, new IngestOptions(), TimeProvider.System, NullLogger<KafkaEventLog>.Instance);
        await log.OpenAsync(cancellationToken);
        var cluster = new List<SiloProcess>();
        try
        {
            for (var silo = 0; silo < silos; silo++)
            {
                cluster.Add(new SiloProcess(
                    connection, "--data", work.Create($"silo-{silo}"), "--log", "error", "--profile", "postgres", $"--PostgreSql:{nameof(PostgreSqlOptions.Schema)}", state.Schema, "--Cluster:SharedData", "true",
                    "--Lake:Enabled", "false", "--Log:Partitions", Text(BrokerProcess.Partitions, "0"), "--Log:Kafka:BootstrapServers", brokers.Brokers, "--Log:Kafka:Topic", BrokerProcess.Topic));
                await cluster[^1].ReadyAsync(cancellationToken);
            }

            await AppendAsync(log, warm, cancellationToken);
            await cluster[0].SavedAsync(CountOf(warm), cancellationToken);
            var (started, cpu) = (Stopwatch.GetTimestamp(), Cpu());
            await AppendAsync(log, batches, cancellationToken);
            await cluster[0].SavedAsync(CountOf(warm) + CountOf(batches), cancellationToken);
            return (Stopwatch.GetElapsedTime(started).TotalSeconds, Cpu() - cpu);
        }
        finally
        {
            cluster.ForEach(silo => silo.Dispose());
        }

        TimeSpan Cpu() => TimeSpan.FromTicks(cluster.Sum(silo => silo.Cpu.Ticks));
    }

    private static long CountOf(IReadOnlyList<LogBatch>[] batches) => batches.Sum(partition => partition.Sum(batch => (long)batch.Count));

    private static Task AppendAsync(KafkaEventLog log, IReadOnlyList<LogBatch>[] batches, CancellationToken cancellationToken) => Task.WhenAll(batches.Select((some, partition) => Task.Run(
        async () =>
        {
            foreach (var batch in some)
            {
                await log.AppendAsync(partition, new EncodedBatch(batch.Bytes, batch.Count), cancellationToken);
            }
        },
        cancellationToken)));

    private static async Task<IReadOnlyList<LogBatch>[]> BatchesAsync(long count, ulong seed, CancellationToken cancellationToken)
    {
        var log = new InMemoryEventLog(new EventLogOptions { Partitions = BrokerProcess.Partitions }, TimeProvider.System);
        using var door = new EventDoor(log, Options.Create(new IngestOptions()), TimeProvider.System);
        using var session = door.Begin("cluster");
        await using var csv = new ShopGenerator(new GeneratorOptions { Events = count, Seed = seed, Dirt = false }).OpenCsv();
        await EventSource.ReadAsync(csv, RecordFormat.Csv, session, cancellationToken: cancellationToken);
        return await Task.WhenAll(Enumerable.Range(0, BrokerProcess.Partitions).Select(async partition => await log.ReadAsync(partition, 0, int.MaxValue, cancellationToken)));
    }

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
