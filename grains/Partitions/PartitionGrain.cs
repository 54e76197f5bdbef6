using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Runtime.Placement;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions.Exchange;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Partitions.Placement;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Partitions;

/// <summary>The shell of a partition: keeps its pump running as long as the grain is active, and itself active by a reminder.</summary>
[GrainType(GrainTypes.Partition)]
[PlacedAtHome]
[KeepAlive]
public sealed class PartitionGrain : Grain, IPartitionGrain, IRemindable, IDisposable
{
    private const string Watchdog = "watchdog";
    private static readonly TimeSpan WatchdogPeriod = TimeSpan.FromMinutes(1);

    // A last checkpoint only makes the replay at home shorter.
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(5);

    private readonly IEventLog _log;
    private readonly ILocalSiloDetails _silo;
    private readonly IClusterMembershipService _membership;
    private readonly CurrentHomes _homes;
    private readonly TimeProvider _time;
    private readonly bool _movesHome;
    private readonly int _partition;
    private readonly PartitionPump _pump;
    private readonly CancellationTokenSource _stop = new();
    private readonly IHostApplicationLifetime _host;
    private CancellationTokenRegistration _hostEnded;
    private Task _running = Task.CompletedTask;
    private Task _going = Task.CompletedTask;

    /// <summary>A partition's grain; the key is the partition's number.</summary>
    public PartitionGrain(
        IGrainContext context,
        IGrainFactory grains,
        LocalEntities local,
        IEventLog log,
        ICheckpointStore checkpoints,
        IDeadLetterStore deadLetters,
        ILakeSink lake,
        LakeTurns lakeTurns,
        IClusterMembershipService membership,
        CurrentHomes homes,
        FairTurns turns,
        IExchanges exchanges,
        ILocalSiloDetails silo,
        IHostApplicationLifetime host,
        TimeProvider time,
        IOptions<PartitionOptions> options,
        IOptions<OperatorOptions> operatorOptions,
        IOptions<LakeOptions> lakeOptions,
        ILogger<PartitionGrain> logger)
    {
        _log = log;
        _silo = silo;
        _host = host;
        _membership = membership;
        _homes = homes;
        _time = time;
        _movesHome = options.Value.MoveHome;
        _partition = (int)context.GrainId.GetIntegerKey();
        if (_partition < 0 || _partition >= log.PartitionCount)
        {
            throw new ArgumentOutOfRangeException(nameof(context), _partition, $"the log has partitions 0 to {log.PartitionCount - 1}");
        }

        var near = new DirectChannel(local, new GrainEntityChannel(grains), savesBeside: true);
        var channel = new ExchangeChannel(homes, near, exchanges, options.Value);
        var follower = lakeOptions.Value.Enabled ? new LakeFollower(_partition, log, lake, lakeTurns, lakeOptions.Value, time, logger) : null;
        _pump = new PartitionPump(_partition, new PartitionParts(
            log, checkpoints, deadLetters, channel, time, options.Value, operatorOptions.Value, logger, follower, turns));
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (_host.ApplicationStopping.IsCancellationRequested)
        {
            // It could not reach its entities any more, and would only take the partition from the owner on another silo.
            throw new PartitionUnavailableException($"partition {_partition} cannot come up on a silo that is going");
        }

        // A silo that ended without deactivating its grains must not leave a partition that goes on claiming.
        _hostEnded = _host.ApplicationStopped.Register(_stop.Cancel);
        _running = RunAsync();
        _ = WatchMembershipAsync();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <inheritdoc/>
    public Task StartAsync() => this.RegisterOrUpdateReminder(Watchdog, WatchdogPeriod, WatchdogPeriod);

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask<PartitionStatus> StatusAsync()
    {
        var (end, trouble) = await EndAsync();
        var counts = _pump.Operators.Ingest;
        return new PartitionStatus
        {
            Partition = _partition,
            End = end,
            Applied = _pump.Applied,
            Lag = _log.Distance(_pump.Applied, end),
            ReplayFrom = _pump.Committed,
            Received = counts.Received,
            Accepted = counts.Accepted,
            Duplicates = counts.Duplicates,
            Rejected = counts.RejectedTotal,
            Late = _pump.Operators.Late,
            WatermarkMs = _pump.Operators.WatermarkMs,
            Generation = _pump.Generation,
            DirtyEntities = _pump.DirtyEntities,
            Rewinds = _pump.Rewinds,
            Phase = _pump.Phase,
            LastTrouble = trouble ?? _pump.LastTrouble,
            LimitsReached = _pump.Operators.LimitsReached,
            LakeThrough = _pump.LakeThrough,
            LakeTrouble = _pump.LakeTrouble,
        };
    }

    /// <summary>The log's end, or why it is not known; then it is taken to be where the partition is.</summary>
    private async ValueTask<(long End, string? Trouble)> EndAsync()
    {
        try
        {
            return (await _log.EndAsync(_partition, _stop.Token), null);
        }
        catch (EventLogUnavailableException exception)
        {
            return (_pump.Applied, exception.Message);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<SiteTallies> TalliesAsync(TallyParts parts)
    {
        // No answer is better than the empty one of a partition that has not read its checkpoint yet.
        if (_pump.Unavailable is { } unavailable)
        {
            throw unavailable;
        }

        await _pump.Recovered;
        return _pump.Operators.Tallies(_partition, parts);
    }

    /// <inheritdoc/>
    public Task<long> CheckpointAsync() => _pump.CheckpointAsync();

    /// <inheritdoc/>
    public Task<long> WriteLakeAsync() => _pump.WriteLakeAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        // An activation that is told to go while it comes up is not deactivated, only disposed of.
        _stop.Cancel();
        _hostEnded.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var lostOwnership = await _pump.RunAsync(_stop.Token);
        if (lostOwnership)
        {
            // The other activation is the one in the directory, or will be after the next call: this one only has to go.
            DeactivateOnIdle();
        }
    }

    private async Task WatchMembershipAsync()
    {
        try
        {
            var dead = new HashSet<SiloAddress>();
            await foreach (var snapshot in _membership.MembershipUpdates.WithCancellation(_stop.Token))
            {
                if (snapshot.Members.TryGetValue(_silo.SiloAddress, out var here) && here.Status is SiloStatus.ShuttingDown or SiloStatus.Stopping or SiloStatus.Dead)
                {
                    // Its last checkpoint is taken, its calls fail from now on, and every new try would claim the partition from the owner that follows it.
                    await _stop.CancelAsync();
                    DeactivateOnIdle();
                    return;
                }

                foreach (var member in snapshot.Members.Values)
                {
                    if (member.Status == SiloStatus.Dead && dead.Add(member.SiloAddress) && !member.SiloAddress.Equals(_silo.SiloAddress) && _pump.Applied > _pump.Committed)
                    {
                        _pump.RequestRewind($"silo {member.SiloAddress} is dead, and with it perhaps entities that were not saved");
                    }
                }

                // Beside the watch: what it waits for may never come once this silo is going, and that must be noticed.
                if (_movesHome && _going.IsCompleted && HomeElsewhere() is not null)
                {
                    _going = GoHomeAsync();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The grain is going.
        }
    }

    /// <summary>The home of this partition if that is another silo.</summary>
    private SiloAddress? HomeElsewhere()
    {
        var homes = _homes.Get();
        var home = homes.Silos[homes.OfPartition(_partition)];
        return home.Equals(_silo.SiloAddress) || !homes.Silos.Contains(_silo.SiloAddress) ? null : home;
    }

    /// <summary>Moves to the silo where this partition's users are placed from now on, so that their slices stay local.</summary>
    private async Task GoHomeAsync()
    {
        Task lastCheckpoint = _pump.CheckpointAsync();
        await lastCheckpoint.WaitAsync(LongestGoodbye, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (_stop.IsCancellationRequested || HomeElsewhere() is not { } home)
        {
            return;
        }

        GrainContext.Migrate(new Dictionary<string, object> { [IPlacementDirector.PlacementHintKey] = home });

        // If Orleans does not know the new silo well enough yet to move anything there, the partition must come up again all the same, and now.
        this.AsReference<IPartitionGrain>().StartAsync().Ignore();
    }
}
