using System.Globalization;
using Orleans.Runtime.Placement;
using Orleans.TestingHost;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Faults;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>What strikes the cluster itself.</summary>
internal enum StormStrike
{
    /// <summary>A silo is stopped in order.</summary>
    StopSilo,

    /// <summary>A silo dies without a word.</summary>
    KillSilo,

    /// <summary>A silo joins.</summary>
    JoinSilo,

    /// <summary>Partitions are deactivated or moved to another silo.</summary>
    DropPartitions,

    /// <summary>Entities are deactivated or moved to another silo.</summary>
    DropEntities,
}

/// <summary>
/// One storm over three silos: producers send a small shop and send again whatever was not acknowledged, storage fails one write in ten, and strike
/// after strike hits the cluster. Then it becomes quiet, and everything is as the oracle says. The seed decides everything but the timing.
/// </summary>
internal sealed class Storm
{
    private const int Silos = 3;
    private const int Strikes = 8;
    private const int Dropped = 12;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(30);

    private readonly int _seed;
    private readonly Random _random;
    private readonly FaultPlan _plan;
    private readonly FlakyStores _stores;
    private readonly StormShop _shop;
    private readonly List<StormStrike> _strikes = [];

    private Storm(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _plan = new FaultPlan(seed, writes: 0.1, reads: 0.02);
        _stores = new FlakyStores(ShopStores.InMemory(partitions: 4), _plan);
        _shop = new StormShop(seed);
    }

    /// <summary>Lets the storm of this seed pass; answers one line of what happened in it, and throws if anything was lost or counted twice.</summary>
    public static async Task<string> PassAsync(int seed)
    {
        var storm = new Storm(seed);
        await using var cluster = await ShopCluster.StartAsync(Silos, storm._stores.Flaky(), storm.ManySteps);
        await storm.RageAsync(cluster);
        await storm._plan.QuietAsync();
        await cluster.SavedAsync();
        await storm._shop.AssertEqualAsync(cluster, storm._stores.Safe);
        return storm.Told();
    }

    /// <summary>Small chunks and frequent checkpoints: there is always something in the middle of happening.</summary>
    private void ManySteps(PartitionOptions options)
    {
        options.ChunkBytes = 4 * 1024;
        options.CheckpointEvents = 60;
        options.CheckpointEvery = TimeSpan.FromMilliseconds(50);
        options.MaxReplayEvents = 300;
        options.MaxSlicesInFlight = 16;
        options.RetryDelay = TimeSpan.FromMilliseconds(1);
        options.MaxRetryDelay = TimeSpan.FromMilliseconds(50);
        options.MoveHome = _seed % 4 != 0;
    }

    private async Task RageAsync(ShopCluster cluster)
    {
        using var over = new CancellationTokenSource();
        var producing = Task.WhenAll(_shop.Producers.Select(producer => producer.SendAllAsync(cluster, Pace, over.Token)));
        try
        {
            foreach (var strike in Order())
            {
                _strikes.Add(strike);
                await StrikeAsync(cluster, strike);
            }
        }
        finally
        {
            // What is left is sent at once.
            await over.CancelAsync();
            await producing;
        }
    }

    /// <summary>Each strike once at least, in an order of chance.</summary>
    private StormStrike[] Order()
    {
        var all = Enum.GetValues<StormStrike>();
        StormStrike[] order = [.. all, .. Enumerable.Range(all.Length, Strikes - all.Length).Select(_ => all[_random.Next(all.Length)])];
        _random.Shuffle(order);
        return order;
    }

    private async Task StrikeAsync(ShopCluster cluster, StormStrike strike)
    {
        var silos = cluster.Orleans.Silos.Where(silo => silo.IsActive).ToArray();
        var silo = silos[_random.Next(silos.Length)];
        switch (strike)
        {
            case StormStrike.StopSilo or StormStrike.KillSilo when silos.Length == 1:
            case StormStrike.JoinSilo:
                await cluster.Orleans.StartAdditionalSiloAsync();
                break;
            case StormStrike.StopSilo:
                await cluster.Orleans.StopSiloAsync(silo);
                break;
            case StormStrike.KillSilo:
                await cluster.Orleans.KillSiloAsync(silo);
                break;
            case StormStrike.DropPartitions:
                Drop(cluster, silo, Enumerable.Range(0, 2).Select(_ => (IGrain)cluster.Partition(_random.Next(4))));
                break;
            case StormStrike.DropEntities:
                var (users, products) = (_shop.Oracle.Journeys.Keys.ToArray(), _shop.Oracle.Accepted);
                Drop(cluster, silo, Enumerable.Range(0, Dropped).Select(one => one % 2 == 0
                    ? (IGrain)cluster.Grains.GetGrain<IUserGrain>(users[_random.Next(users.Length)])
                    : cluster.Grains.GetGrain<IProductGrain>(products[_random.Next(products.Count)].Product)));
                break;
        }
    }

    private void Drop(ShopCluster cluster, InProcessSiloHandle to, IEnumerable<IGrain> grains)
    {
        foreach (var grain in grains.ToArray())
        {
            var moves = _random.Next(3) == 0;
            if (!cluster.Orleans.TryGetGrainContext(grain.GetGrainId(), out var activation))
            {
                continue;
            }

            if (moves)
            {
                activation.Migrate(new Dictionary<string, object> { [IPlacementDirector.PlacementHintKey] = to.SiloAddress });
            }
            else
            {
                activation.Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "a storm"));
            }
        }
    }

    private string Told() => string.Create(
        CultureInfo.InvariantCulture,
        $"storm {_seed}: {_shop.Rows} events in {_shop.Sent} sendings, {_plan.Injected.Values.Sum()} faults ({string.Join(", ", Faults())}), strikes ({string.Join(", ", _strikes)}), {_stores.Recoveries} rewinds and new owners: equal");

    private IEnumerable<string> Faults() => _plan.Injected
        .GroupBy(one => one.Key.Split(": ")[1], one => one.Value)
        .OrderBy(kind => kind.Key, StringComparer.Ordinal)
        .Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Key} {kind.Sum()}"));
}
