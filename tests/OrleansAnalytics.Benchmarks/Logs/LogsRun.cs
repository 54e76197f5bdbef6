using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Benchmarks.Results;
using OrleansAnalytics.Events;
using OrleansAnalytics.Generator;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Benchmarks.Logs;

/// <summary>
/// The same batches appended to each log, in each partition one after the other and in all at the same time, and then read back, as a partition reads. Neither encoding nor
/// decoding is in it.
/// </summary>
internal static class LogsRun
{
    private const int ChunkBytes = 4 << 20;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<string> Notes(double idle) =>
    [
        $"All {BrokerProcess.Partitions} partitions waiting for events: {idle.ToString("N1", CultureInfo.InvariantCulture)} ms of CPU a second.",
        $"{BrokerProcess.Partitions} partitions. The brokers of the Kafka protocol are three mock brokers in one process beside, which keep everything in memory: what they cost is not in the figures of CPU, what they take of the machine is in the rates. The embedded log syncs to disk.",
    ];

    public static async Task<(ResultTable Table, double IdleMilliseconds)> RunAsync(long events, ulong seed, CancellationToken cancellationToken)
    {
        var batches = await BatchesAsync(events, seed, cancellationToken);
        var table = new ResultTable(["log", "what", "batches", "bytes/event", "events/s", "CPU µs/event"], textColumns: 2);
        var folder = Directory.CreateTempSubdirectory("orleans-analytics-benchmarks-").FullName;
        using (var embedded = new RocksDbEventLog(folder, new EventLogOptions { Partitions = BrokerProcess.Partitions }, TimeProvider.System))
        {
            await MeasureAsync("embedded", embedded, batches, table, cancellationToken);
        }

        Directory.Delete(folder, recursive: true);
        using var brokers = new BrokerProcess();
        var options = new KafkaLogOptions { BootstrapServers = brokers.Brokers, Topic = BrokerProcess.Topic, };
        using var kafka = new KafkaEventLog(options, BrokerProcess.Partitions, new IngestOptions(), TimeProvider.System, NullLogger<KafkaEventLog>.Instance);
        await kafka.OpenAsync(cancellationToken);
        await MeasureAsync("kafka", kafka, batches, table, cancellationToken);
        return (table, await IdleAsync(kafka, cancellationToken));
    }

    /// <summary>Milliseconds of CPU a second while every partition waits.</summary>
    private static async Task<double> IdleAsync(KafkaEventLog log, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ends = await Task.WhenAll(Enumerable.Range(0, log.PartitionCount).Select(partition => log.EndAsync(partition, cancellationToken).AsTask()));
        var waiting = ends.Select((end, partition) => log.WaitAsync(partition, end, stop.Token).AsTask()).ToList();
        var before = Environment.CpuUsage.TotalTime;
        await Task.Delay(Idle, cancellationToken);
        var used = Environment.CpuUsage.TotalTime - before;
        await stop.CancelAsync();
        await Task.WhenAll(waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return used.TotalMilliseconds / Idle.TotalSeconds;
    }

    private static async Task<IReadOnlyList<LogBatch>[]> BatchesAsync(long events, ulong seed, CancellationToken cancellationToken)
    {
        var log = new InMemoryEventLog(new EventLogOptions { Partitions = BrokerProcess.Partitions }, TimeProvider.System);
        using var door = new EventDoor(log, Options.Create(new IngestOptions { AppendBatchEvents = 131_072, AppendBatchBytes = 32 << 20 }), TimeProvider.System);
        using var session = door.Begin("logs");
        await using var csv = new ShopGenerator(new GeneratorOptions { Events = events, Seed = seed, Dirt = false }).OpenCsv();
        await EventSource.ReadAsync(csv, RecordFormat.Csv, session, cancellationToken: cancellationToken);
        return await Task.WhenAll(Enumerable.Range(0, BrokerProcess.Partitions).Select(async partition => await log.ReadAsync(partition, 0, int.MaxValue, cancellationToken)));
    }

    private static async Task MeasureAsync(string name, IEventLog log, IReadOnlyList<LogBatch>[] batches, ResultTable table, CancellationToken cancellationToken)
    {
        // The first append connects, and is not part of what an append costs.
        await log.AppendAsync(0, Encoded(batches[0][0]), cancellationToken);
        await PassAsync(name, "append", batches, table, async partition =>
        {
            foreach (var batch in batches[partition])
            {
                await log.AppendAsync(partition, Encoded(batch), cancellationToken);
            }
        });
        await PassAsync(name, "read", batches, table, async partition =>
        {
            var after = 0L;
            while (await log.ReadAsync(partition, after, ChunkBytes, cancellationToken) is { Count: > 0 } some)
            {
                after = some[^1].LastPosition;
            }
        });
    }

    private static async Task PassAsync(string name, string what, IReadOnlyList<LogBatch>[] batches, ResultTable table, Func<int, Task> pass)
    {
        var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await Task.WhenAll(Enumerable.Range(0, batches.Length).Select(partition => Task.Run(() => pass(partition))));
        var (elapsed, used) = (Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - cpu);
        var all = batches.SelectMany(one => one).ToList();
        var events = all.Sum(batch => (long)batch.Count);
        table.Add(
            name,
            what,
            all.Count.ToString("N0", CultureInfo.InvariantCulture),
            ((double)all.Sum(batch => (long)batch.Bytes.Length) / events).ToString("N0", CultureInfo.InvariantCulture),
            (events / elapsed.TotalSeconds).ToString("N0", CultureInfo.InvariantCulture),
            (used.TotalMicroseconds / events).ToString("N2", CultureInfo.InvariantCulture));
    }

    private static EncodedBatch Encoded(LogBatch batch) => new(batch.Bytes, batch.Count);
}
