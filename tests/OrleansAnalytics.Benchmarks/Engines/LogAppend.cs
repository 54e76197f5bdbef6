using System.Text.Json;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>
/// Appends both passes through the door to a log of their own, without a silo, so that the clock of the engine can start with events that are durable.
/// The batches are those of a file that is ingested.
/// </summary>
internal static class LogAppend
{
    private const string EndsFile = "ends.json";

    /// <summary>Appends, and writes down where each pass ends.</summary>
    public static async Task<EngineReport> RunAsync(EngineJob job, CancellationToken cancellationToken)
    {
        var report = new EngineReport();
        var ends = new Dictionary<string, long[]>();
        using (var log = new RocksDbEventLog(Path.Combine(job.Data, "log"), new EventLogOptions(), TimeProvider.System))
        using (var door = new EventDoor(log, Options.Create(new IngestOptions()), TimeProvider.System))
        {
            foreach (var pass in job.Passes)
            {
                await using var file = File.OpenRead(job.File(pass));
                using var session = door.Begin(pass);
                using var clock = PassClock.Start(job.Engine, pass, 0, () => session.Result.Through);
                if (await EventSource.ReadAsync(file, RecordFormat.Csv, session, cancellationToken: cancellationToken) is { } broken)
                {
                    throw new InvalidDataException($"{file.Name}: {broken.Message}");
                }

                report.Passes.Add(clock.Stop() with { Events = session.Result.Received });
                ends[pass] = await EndsAsync(log);
            }
        }

        await File.WriteAllTextAsync(Path.Combine(job.Data, EndsFile), JsonSerializer.Serialize(ends), cancellationToken);
        return report;
    }

    /// <summary>The last position of each partition, by pass.</summary>
    public static IReadOnlyDictionary<string, long[]> Ends(string data) =>
        JsonSerializer.Deserialize<Dictionary<string, long[]>>(File.ReadAllText(Path.Combine(data, EndsFile)))!;

    private static async Task<long[]> EndsAsync(RocksDbEventLog log)
    {
        var ends = new long[log.PartitionCount];
        for (var partition = 0; partition < ends.Length; partition++)
        {
            ends[partition] = await log.EndAsync(partition);
        }

        return ends;
    }
}
