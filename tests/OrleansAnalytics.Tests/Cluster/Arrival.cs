using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Tests.Oracle;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>A way in which a file comes to the answers.</summary>
internal enum Arrival
{
    /// <summary>As it is.</summary>
    InOrder,

    /// <summary>Mixed, but no event later than the allowed lateness. What a user did within one second stays in order: only the file tells it.</summary>
    Shuffled,

    /// <summary>Each part twice.</summary>
    Duplicated,

    /// <summary>All silos die in the middle, and a new cluster goes on.</summary>
    RestartedMidway,

    /// <summary>The checkpoints are lost at the end: everything is read again, by entities that have it already.</summary>
    Replayed,

    /// <summary>Checkpoints and entities are lost: everything is made again from the log.</summary>
    Rebuilt,
}

/// <summary>Brings a sample to a cluster in one of the ways.</summary>
internal static class Arrivals
{
    private const int Parts = 6;

    /// <summary>A quiet cluster to which the sample has come; the caller disposes it.</summary>
    public static async Task<ShopCluster> BringAsync(string sample, int silos, Arrival arrival)
    {
        var stores = ShopStores.InMemory();
        var lines = File.ReadAllLines(SharedData.Path($"{sample}.csv"));
        lines = arrival == Arrival.Shuffled ? Shuffle(lines, seed: silos) : lines;
        var shop = await ShopCluster.StartAsync(silos, stores, SmallSteps);
        for (var part = 0; part < Parts; part++)
        {
            if (part == Parts / 2 && arrival == Arrival.RestartedMidway)
            {
                shop = await AgainAsync(shop, silos, stores);
            }

            await SendAsync(shop, lines, part);
            if (arrival == Arrival.Duplicated)
            {
                await SendAsync(shop, lines, part);
            }
        }

        await shop.QuietAsync();
        shop = arrival switch
        {
            Arrival.Replayed => await AgainAsync(shop, silos, stores with { Checkpoints = new InMemoryCheckpointStore() }),
            Arrival.Rebuilt => await AgainAsync(shop, silos, stores with { Checkpoints = new InMemoryCheckpointStore(), Entities = new InMemoryGrainStorage() }),
            _ => shop,
        };
        await shop.QuietAsync();
        return shop;
    }

    /// <summary>Checkpoints come often enough for a restart to find some.</summary>
    private static void SmallSteps(PartitionOptions options)
    {
        options.ChunkBytes = 16 * 1024;
        options.CheckpointEvents = 100;
    }

    private static async Task<ShopCluster> AgainAsync(ShopCluster shop, int silos, ShopStores stores)
    {
        foreach (var silo in shop.Orleans.Silos.ToArray())
        {
            await shop.Orleans.KillSiloAsync(silo);
        }

        await shop.DisposeAsync();
        return await ShopCluster.StartAsync(silos, stores, SmallSteps);
    }

    private static async Task SendAsync(ShopCluster shop, string[] lines, int part)
    {
        var rows = lines.Length - 1;
        var (from, to) = (rows * part / Parts, rows * (part + 1) / Parts);
        await shop.SendLinesAsync([lines[0], .. lines.Skip(1 + from).Take(to - from)], "sample", firstRecord: from + 1);
    }

    /// <summary>Each row moves back by a time of chance below the allowed lateness, so no row comes later than that after any other.</summary>
    private static string[] Shuffle(string[] lines, int seed)
    {
        var random = new Random(seed);
        var latenessMs = (long)new OperatorOptions().AllowedLateness.TotalMilliseconds;
        var columns = lines[0].Split(',').Select((name, index) => (name, index)).ToDictionary(column => column.name, column => column.index);
        var moves = new Dictionary<(string User, long TimeMs), long>();
        var before = 0L;
        return
        [
            lines[0],
            .. lines.Skip(1).OrderBy(line =>
            {
                if (OracleRow.Read(line, 0, columns).Row is not { } row)
                {
                    return before;
                }

                before = row.TimeMs;
                moves.TryAdd((row.User, row.TimeMs), random.NextInt64(latenessMs));
                return row.TimeMs + moves[(row.User, row.TimeMs)];
            }),
        ];
    }
}
