using Akka.Actor;
using Akka.Cluster;
using Akka.Cluster.Sharding;
using Akka.Configuration;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>
/// Akka.NET cluster sharding on one node: for each event three tells (user, product, category) that nobody answers; the actors count them. Nothing is
/// saved, and none is remembered or passivated.
/// </summary>
internal static class AkkaEngine
{
    private const int Shards = 100;

    /// <summary>
    /// Messages told and not yet counted. Of 3,000, 30,000 and 100,000 the last took the least processor time; beyond it a region that has no place for a
    /// shard yet would drop messages.
    /// </summary>
    private const long MostInFlight = 100_000;

    private const string Settings = """
        akka {
          loglevel = WARNING
          stdout-loglevel = WARNING
          actor.provider = cluster
          remote.dot-netty.tcp { hostname = 127.0.0.1, port = 0 }
          cluster.sharding { remember-entities = off, passivate-idle-entity-after = off }
        }
        """;

    private static long _counted;

    public static async Task<EngineReport> RunAsync(EngineJob job, CancellationToken cancellationToken)
    {
        var system = ActorSystem.Create("benchmark", ConfigurationFactory.ParseString(Settings));
        var cluster = Cluster.Get(system);
        await cluster.JoinAsync(cluster.SelfAddress, cancellationToken);
        IActorRef[] regions = [await StartAsync(system, "user", row => row.User), await StartAsync(system, "product", row => row.Product), await StartAsync(system, "category", row => row.Category)];

        // The first message of a region waits for its coordinator, and that of a shard for its place, which takes seconds and is no cost of events.
        var first = Enumerable.Range(0, Shards * 20).Select(one => $"first-{one}").Select(id => new EventRow(id, id, id, default, 0, default));
        await TellAsync(regions, [.. first], cancellationToken);
        var report = new EngineReport { Before = ProcessSize.Settled() };
        foreach (var pass in job.Passes)
        {
            var rows = EventRow.Read(job.File(pass));
            _counted = 0;
            using var clock = PassClock.Start(job.Engine, pass, rows.Length, () => Interlocked.Read(ref _counted) / regions.Length);
            await TellAsync(regions, rows, cancellationToken);
            report.Passes.Add(clock.Stop());
        }

        report.After = ProcessSize.Settled();
        return report;
    }

    private static Task<IActorRef> StartAsync(ActorSystem system, string kind, Func<EventRow, string> id) =>
        ClusterSharding.Get(system).StartAsync(kind, Props.Create<FoldActor>(), ClusterShardingSettings.Create(system), new RowExtractor(id));

    private static async Task TellAsync(IActorRef[] regions, EventRow[] rows, CancellationToken cancellationToken)
    {
        var told = Interlocked.Read(ref _counted);
        foreach (var row in rows)
        {
            foreach (var region in regions)
            {
                region.Tell(row, ActorRefs.NoSender);
            }

            told += regions.Length;
            while (told - Interlocked.Read(ref _counted) > MostInFlight)
            {
                await Task.Delay(1, cancellationToken);
            }
        }

        while (Interlocked.Read(ref _counted) < told)
        {
            await Task.Delay(1, cancellationToken);
        }
    }

    private sealed class RowExtractor(Func<EventRow, string> id) : HashCodeMessageExtractor(Shards)
    {
        public override string EntityId(object message) => id((EventRow)message);
    }

    private sealed class FoldActor : UntypedActor
    {
        private TinyFold _fold;

        protected override void OnReceive(object message)
        {
            _fold.Add((EventRow)message);
            Interlocked.Increment(ref _counted);
        }
    }
}
