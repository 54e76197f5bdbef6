using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class PartitionPumpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task EveryEntity_HasEachEventOnce_WhateverFails()
    {
        await Gen.Int.SampleAsync(
            async seed => await RunAsync(seed, faultRate: 0.02, events: 600),
            iter: 60,
            threads: 1);
    }

    [Fact]
    public async Task PoisonEvent_GoesToTheDeadLetters_AndTheOthersAreCounted()
    {
        var store = new InMemoryDeadLetterStore();
        var poisoned = (new EntityKey(EntityKind.Product, "p3"), 0L);
        await RunAsync(seed: 7, faultRate: 0, events: 200, store, (entities, log) =>
        {
            poisoned = log.First(one => one.Key == new EntityKey(EntityKind.Product, "p3")) is var found ? (found.Key, found.Positions[2]) : poisoned;
            entities.Poison.Add(poisoned);
        });
        var letter = Assert.Single(await store.ListAsync(new DeadLetterQuery(), TestContext.Current.CancellationToken));
        Assert.Equal((RejectReason.Poison, poisoned.Item2, "product/p3"), (letter.Reason, letter.Position, letter.Entity));
    }

    [Fact]
    public async Task SecondOwner_MakesTheFirstStop()
    {
        var (log, _) = await WriteLogAsync(seed: 1, events: 50);
        var checkpoints = new InMemoryCheckpointStore();
        var parts = Parts(log, checkpoints, new FaultyEntities(1, 0) { Faulty = false }, new InMemoryDeadLetterStore());
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        using var stop = new CancellationTokenSource();
        await OnAsync(scheduler, async () =>
        {
            var first = new PartitionPump(0, parts);
            var firstRun = first.RunAsync(stop.Token);
            await first.CheckpointAsync().WaitAsync(Patience);
            var second = new PartitionPump(0, parts);
            var secondRun = second.RunAsync(stop.Token);
            await second.CheckpointAsync().WaitAsync(Patience);
            Assert.Equal(2, second.Generation);

            await AppendAsync(log, Shop(seed: 2, events: 10));
            Assert.True(await firstRun.WaitAsync(Patience), "the first owner must end because it lost ownership");
            Assert.Equal(PartitionPhase.Stopped, first.Phase);
            await stop.CancelAsync();
            Assert.False(await secondRun.WaitAsync(Patience));
        });
    }

    private static async Task RunAsync(
        int seed,
        double faultRate,
        int events,
        InMemoryDeadLetterStore? letters = null,
        Action<FaultyEntities, IEnumerable<(EntityKey Key, List<long> Positions)>>? arrange = null)
    {
        var (log, expected) = await WriteLogAsync(seed, events);
        var entities = new FaultyEntities(seed, faultRate);
        arrange?.Invoke(entities, expected.Select(one => (one.Key, one.Value)));
        var checkpoints = new InMemoryCheckpointStore();
        var parts = Parts(log, checkpoints, entities, letters ?? new InMemoryDeadLetterStore());
        var random = new Random(seed);
        var scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        SiteTallies tallies = null!;
        await OnAsync(scheduler, async () =>
        {
            // Owners that die at some point and are followed by the next, and at last one that may live on without faults.
            for (var owner = random.Next(4); owner >= 0; owner--)
            {
                using var stop = new CancellationTokenSource();
                entities.Faulty = owner > 0 || random.Next(2) == 0;
                var pump = new PartitionPump(0, parts);
                var run = pump.RunAsync(stop.Token);
                for (var turns = random.Next(400); turns > 0; turns--)
                {
                    await Task.Yield();
                }

                if (owner == 0)
                {
                    entities.Faulty = false;
                    var end = await log.EndAsync(0, stop.Token);
                    for (long saved = 0; saved < end;)
                    {
                        saved = await pump.CheckpointAsync().WaitAsync(Patience);
                    }

                    tallies = pump.Operators.Tallies(0, TallyParts.All);
                    Assert.Equal((end, 0), (pump.Applied, pump.DirtyEntities));
                }

                await stop.CancelAsync();
                await run.WaitAsync(Patience);
            }
        });

        foreach (var (entity, poison) in entities.Poison)
        {
            expected[entity].Remove(poison);
        }

        Assert.Equal(
            expected.OrderBy(one => one.Key.ToString(), StringComparer.Ordinal).Select(one => $"{one.Key}: {string.Join(' ', one.Value)}"),
            entities.Saved.OrderBy(one => one.Key.ToString(), StringComparer.Ordinal).Select(one => $"{one.Key}: {string.Join(' ', one.Value)}"));
        Assert.Equal(events, tallies.Ingest.Received);
        Assert.Equal(expected.Where(one => one.Key.Kind == EntityKind.User).Sum(one => one.Value.Count), tallies.Ingest.Accepted);
    }

    private static PartitionParts Parts(IEventLog log, ICheckpointStore checkpoints, IEntityChannel entities, IDeadLetterStore letters) => new(
        log,
        checkpoints,
        letters,
        entities,
        TimeProvider.System,
        new PartitionOptions
        {
            ChunkBytes = 1024,
            MaxSlicesInFlight = 4,
            MaxFlushesInFlight = 3,
            CheckpointEvents = 40,
            MaxReplayEvents = 150,
            MaxDirtyEntities = 20,
            RetryDelay = TimeSpan.FromTicks(1),
            MaxRetryDelay = TimeSpan.FromMilliseconds(1),
        },
        new OperatorOptions(),
        NullLogger.Instance);

    private static async Task<(InMemoryEventLog Log, Dictionary<EntityKey, List<long>> Expected)> WriteLogAsync(int seed, int events)
    {
        var log = new InMemoryEventLog(new EventLogOptions { Partitions = 1 }, TimeProvider.System);
        var shop = Shop(seed, events);
        await AppendAsync(log, shop);
        var expected = new Dictionary<EntityKey, List<long>>();
        var seen = new HashSet<EventId>();
        for (var i = 0; i < shop.Count; i++)
        {
            if (!seen.Add(shop[i].Id))
            {
                continue;
            }

            foreach (var entity in new[] { new EntityKey(EntityKind.User, shop[i].UserId), new EntityKey(EntityKind.Product, shop[i].ProductId!), new EntityKey(EntityKind.Brand, shop[i].Brand!) })
            {
                expected.TryAdd(entity, []);
                expected[entity].Add(i + 1);
            }
        }

        return (log, expected);
    }

    private static async Task AppendAsync(InMemoryEventLog log, IReadOnlyList<ShopEvent> events)
    {
        var writer = new EventBatchWriter();
        foreach (var part in events.Chunk(7))
        {
            writer.Reset();
            Array.ForEach(part, writer.Add);
            await log.AppendAsync(0, writer.Build());
        }
    }

    private static List<ShopEvent> Shop(int seed, int events)
    {
        var random = new Random(seed);
        var shop = new List<ShopEvent>(events);
        for (var i = 0; i < events; i++)
        {
            shop.Add(i > 0 && random.Next(20) == 0 ? shop[random.Next(i)] : new ShopEvent
            {
                Id = new EventId((ulong)seed, (ulong)i),
                TimeMs = 1_570_000_000_000 + (i * 1000L),
                Kind = (EventKind)random.Next(1, 5),
                UserId = "u" + random.Next(12),
                ProductId = "p" + random.Next(9),
                Brand = "b" + random.Next(3),
            });
        }

        return shop;
    }

    private static Task OnAsync(TaskScheduler scheduler, Func<Task> body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.None, scheduler).Unwrap();
}
