using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using OrleansAnalytics.Snapshots;
using OrleansAnalytics.Tests.Cluster;
using Xunit;

namespace OrleansAnalytics.Tests.Snapshots;

/// <summary>The grain in a cluster: what it asks to be written, and when.</summary>
public sealed class SnapshotGrainTests : IAsyncLifetime
{
    private readonly GatedSnapshots _snapshots = new();
    private ShopCluster? _cluster;

    private ISnapshotGrain Days => _cluster!.Grains.GetGrain<ISnapshotGrain>("day");

    public async ValueTask InitializeAsync()
    {
        var stores = ShopStores.InMemory();
        _cluster = await ShopCluster.StartAsync(1, services =>
        {
            stores.Register(services);
            services.AddSingleton<IPeriodSnapshots>(_snapshots);
            services.Configure<SnapshotOptions>(options => (options.PeriodsPerTick, options.Months) = (7, false));
        });
    }

    public ValueTask DisposeAsync()
    {
        _snapshots.Gate.TrySetResult();
        return _cluster!.DisposeAsync();
    }

    [Fact]
    public async Task A_tick_begins_a_run_and_returns_and_a_tick_meanwhile_is_skipped()
    {
        await TickAsync("day");
        await Eventually.IsAsync(() => Task.FromResult(_snapshots.Runs.Count), runs => runs == 1, "the run to begin");
        await TickAsync("day");
        await TickAsync("day");
        Assert.Equal([(PeriodKind.Day, 7)], _snapshots.Runs);

        var asked = Days.WriteAsync(3);
        _snapshots.Gate.SetResult();

        Assert.Equal(["written"], (await asked).Written);
        Assert.Equal([(PeriodKind.Day, 7), (PeriodKind.Day, 3)], _snapshots.Runs);
        await TickAsync("day");
        await Eventually.IsAsync(() => Task.FromResult(_snapshots.Runs.Count), runs => runs == 3, "the next tick to begin a run");
    }

    [Fact]
    public async Task A_run_that_fails_is_tried_again_by_the_next_tick()
    {
        _snapshots.Gate.SetException(new IOException("the disk is gone"));
        await TickAsync("hour");
        await Eventually.IsAsync(() => Task.FromResult(_snapshots.Runs.Count), runs => runs == 1, "the run");
        await Assert.ThrowsAsync<IOException>(() => _cluster!.Grains.GetGrain<ISnapshotGrain>("hour").WriteAsync(null));
        await TickAsync("hour");
        await Eventually.IsAsync(() => Task.FromResult(_snapshots.Runs.Count), runs => runs == 3, "the run of the next tick");
    }

    [Fact]
    public async Task A_kind_that_is_off_writes_nothing_by_itself_and_an_unknown_one_nothing_at_all()
    {
        _snapshots.Gate.SetResult();
        await TickAsync("month");
        await TickAsync("week");
        Assert.Empty((await _cluster!.Grains.GetGrain<ISnapshotGrain>("week").WriteAsync(null)).Written);
        Assert.Empty(_snapshots.Runs);
        Assert.Equal(["written"], (await _cluster.Grains.GetGrain<ISnapshotGrain>("month").WriteAsync(null)).Written);
    }

    [Fact]
    public async Task A_grain_that_goes_stops_its_run()
    {
        await TickAsync("day");
        await Eventually.IsAsync(() => Task.FromResult(_snapshots.Runs.Count), runs => runs == 1, "the run to begin");

        await _cluster!.Orleans.StopAllSilosAsync();

        Assert.Equal(1, _snapshots.Stopped);
    }

    private Task TickAsync(string kind) =>
        _cluster!.Grains.GetGrain<ISnapshotGrain>(kind).AsReference<IRemindable>().ReceiveReminder("snapshots", new TickStatus(DateTime.UnixEpoch, TimeSpan.FromMinutes(5), DateTime.UnixEpoch));

    /// <summary>Writes nothing, when it is let.</summary>
    private sealed class GatedSnapshots : IPeriodSnapshots
    {
        private int _stopped;

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<(PeriodKind Kind, int Most)> Runs { get; } = new();

        public int Stopped => Volatile.Read(ref _stopped);

        public async Task<SnapshotRun> WriteDueAsync(PeriodKind kind, int most, CancellationToken cancellationToken = default)
        {
            Runs.Enqueue((kind, most));
            try
            {
                await Gate.Task.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                Interlocked.Increment(ref _stopped);
                throw;
            }

            return new SnapshotRun(["written"], new Dictionary<string, string>(), 0);
        }
    }
}
