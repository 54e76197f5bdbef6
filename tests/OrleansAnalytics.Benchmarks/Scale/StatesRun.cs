using System.Diagnostics;
using OrleansAnalytics.Benchmarks.Micro;
using OrleansAnalytics.Benchmarks.Results;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.PostgreSql;

namespace OrleansAnalytics.Benchmarks.Scale;

/// <summary>
/// What a saved state costs in PostgreSQL: journeys of users, first as new records, then again and again as records that exist, as many under way as the partitions
/// of a silo flush. The database must be one that may be filled.
/// </summary>
internal static class StatesRun
{
    private const int Rounds = 4;
    private const int EventsEach = 4;

    /// <summary>States under way: eight partitions, each with as many flushes as it may have.</summary>
    private static readonly int InFlight = 8 * new PartitionOptions().MaxFlushesInFlight;

    /// <summary>Measures.</summary>
    /// <param name="connection">How to connect.</param>
    /// <param name="states">How many records.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<ResultTable> RunAsync(string connection, int states, CancellationToken cancellationToken)
    {
        var options = new PostgreSqlOptions { ConnectionString = connection };
        await using var database = new PostgreSqlDatabase(options, TimeProvider.System);
        await PostgreSqlSchema.ApplyAsync(database, cancellationToken);
        await using var storage = new PostgreSqlGrainStorage(database, options);
        var run = Stopwatch.GetTimestamp();
        var grains = Journeys(states, $"{run}").ToArray();
        var table = new ResultTable(["pass", "states/s", "µs/state", "CPU µs/state here", "transactions", "states a transaction"], textColumns: 1);
        await MeasureAsync("new", storage.WriteStateAsync);
        for (var round = 1; round <= Rounds; round++)
        {
            await MeasureAsync($"again {round}", storage.WriteStateAsync);
        }

        await MeasureAsync("read", storage.ReadStateAsync);
        return table;

        async Task MeasureAsync(string pass, Func<string, GrainId, IGrainState<JourneyFold>, Task> action)
        {
            var (groups, processor, started) = (storage.Groups, Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
            var next = -1;
            await Task.WhenAll(Enumerable.Range(0, InFlight).Select(async _ =>
            {
                for (int i; (i = Interlocked.Increment(ref next)) < grains.Length;)
                {
                    await action("state", grains[i].Id, grains[i].State);
                }
            }));
            var (elapsed, busy, written) = (Stopwatch.GetElapsedTime(started), Environment.CpuUsage.TotalTime - processor, storage.Groups - groups);
            table.Add(
                pass, $"{states / elapsed.TotalSeconds:N0}", $"{elapsed.TotalMicroseconds / states:N1}", $"{busy.TotalMicroseconds / states:N1}", $"{written:N0}", written == 0 ? "–" : $"{(double)states / written:N0}");
        }
    }

    private static IEnumerable<(GrainId Id, GrainState<JourneyFold> State)> Journeys(int states, string run)
    {
        var entries = ShopBatches.Entries();
        for (var i = 0; i < states; i++)
        {
            var fold = new JourneyFold(new JourneyOptions());
            foreach (var entry in entries.Skip(i * EventsEach % (entries.Count - EventsEach)).Take(EventsEach))
            {
                fold.Fold(entry.Event!, entry.Position);
            }

            yield return (GrainId.Create(GrainTypes.User, $"{run}-{i}"), new GrainState<JourneyFold>(fold));
        }
    }
}
