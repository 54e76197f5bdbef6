using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Core;
using Orleans.Serialization.Invocation;
using Orleans.Storage;
using Orleans.Timers;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Simulation;

internal enum ActivationState
{
    Activating,
    Active,
    Deactivating,
    Gone,
}

/// <summary>A real entity grain with a fold of the simulation.</summary>
internal sealed class SimulatedEntity(EntityMaker<RecordingFold> maker, LocalEntities local) : EntityGrain<RecordingFold>(maker, local)
{
    /// <summary>Which events it has counted.</summary>
    public ValueTask<int[]> EventsAsync() => AskAsync(fold => fold.Events.ToArray());
}

/// <summary>
/// What Orleans is to one entity grain: its context, scheduler and runtime, as far as the grain uses them. Several activations of an entity may live
/// at the same time, each with the state that it read or has folded since.
/// </summary>
internal sealed class Activation : IGrainContext, IWorkItemScheduler, IGrainRuntime, IServiceProvider
{
    // A grain takes its context from the thread that creates it, and only Orleans itself may put it there.
    private static readonly Action<IGrainContext?> CreateWithin = typeof(IGrainContext).Assembly.GetType("Orleans.Runtime.RuntimeContext", throwOnError: true)!
        .GetMethod("ResetExecutionContext", BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)!
        .CreateDelegate<Action<IGrainContext?>>();

    private readonly World _world;
    private readonly Actor _actor;
    private readonly List<(Action Run, Action<Exception> Fail)> _waiting = [];
    private bool _goesEarly;

    public Activation(World world, Silo silo, int entity)
    {
        (_world, Silo, Entity) = (world, silo, entity);
        var key = world.Truth.Entities[entity];
        GrainId = GrainId.Create(key.GrainType, key.Key);
        _actor = silo.NewActor(key.ToString());
        CreateWithin(this);
        var maker = new EntityMaker<RecordingFold>(key.Kind, () => new RecordingFold(world, entity), new SimulatedGrainStorage(world, silo), NullLogger.Instance);
        Grain = new SimulatedEntity(maker, silo.Local);
        CreateWithin(null);
        _actor.Post(async void () => await ActivateAsync());
    }

    public Silo Silo { get; }

    public int Entity { get; }

    public SimulatedEntity Grain { get; }

    public ActivationState State { get; private set; }

    public GrainId GrainId { get; }

    public object GrainInstance => Grain;

    public IServiceProvider ActivationServices => this;

    public IWorkItemScheduler Scheduler => this;

    /// <summary>Runs a call once the activation is active; a dead silo does not even refuse it.</summary>
    public void Call(Action run, Action<Exception> fail)
    {
        if (State == ActivationState.Activating)
        {
            _waiting.Add((run, fail));
        }
        else
        {
            _actor.Post(run);
        }
    }

    public void Deactivate()
    {
        if (State == ActivationState.Active)
        {
            State = ActivationState.Deactivating;
            _world.Later("deactivation of", this, () => _actor.Post(async void () =>
            {
                await Grain.OnDeactivateAsync(default, default);
                await GoAsync();
            }));
        }

        // As Orleans has it: who is told to go while it comes up comes up, and goes without being asked to deactivate.
        _goesEarly |= State == ActivationState.Activating;
    }

    public void QueueAction(Action action) => _actor.Post(action);

    public void QueueAction(Action<object> action, object state) => _actor.Post(new SendOrPostCallback(action!), state);

    public void DeactivateOnIdle(IGrainContext grainContext)
    {
        if (State == ActivationState.Gone)
        {
            throw new InvalidOperationException($"Attempt to access an invalid activation: {this}");
        }

        Deactivate();
    }

    public object? GetService(Type serviceType) => serviceType == typeof(IGrainRuntime) ? this : null;

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override string ToString() => _actor.ToString();

    private async Task ActivateAsync()
    {
        try
        {
            await Grain.OnActivateAsync(default);
            if (_goesEarly)
            {
                State = ActivationState.Deactivating;
                await GoAsync();
                _waiting.ForEach(call => call.Fail(new InvalidOperationException($"{this} is gone")));
            }
            else
            {
                State = ActivationState.Active;
                _waiting.ForEach(call => _actor.Post(call.Run));
            }
        }
        catch (Exception exception)
        {
            State = ActivationState.Gone;
            _world.Cluster.Forget(this);
            _waiting.ForEach(call => call.Fail(exception));
        }

        _waiting.Clear();
    }

    private async Task GoAsync()
    {
        await Grain.DisposeAsync();
        State = ActivationState.Gone;
        _world.Cluster.Forget(this);
    }

    // The rest of the interfaces: entity grains use none of it.
    GrainReference IGrainContext.GrainReference => throw new NotSupportedException();

    ActivationId IGrainContext.ActivationId => throw new NotSupportedException();

    GrainAddress IGrainContext.Address => throw new NotSupportedException();

    IGrainLifecycle IGrainContext.ObservableLifecycle => throw new NotSupportedException();

    Task IGrainContext.Deactivated => throw new NotSupportedException();

    string IGrainRuntime.SiloIdentity => throw new NotSupportedException();

    SiloAddress IGrainRuntime.SiloAddress => throw new NotSupportedException();

    IGrainFactory IGrainRuntime.GrainFactory => throw new NotSupportedException();

    ITimerRegistry IGrainRuntime.TimerRegistry => throw new NotSupportedException();

    IServiceProvider IGrainRuntime.ServiceProvider => this;

    TimeProvider IGrainRuntime.TimeProvider => _world.Time;

    void IGrainContext.SetComponent<TComponent>(TComponent? value)
        where TComponent : class => throw new NotSupportedException();

    void IGrainContext.ReceiveMessage(object message) => throw new NotSupportedException();

    void IGrainContext.Activate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

    void IGrainContext.Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken) => Deactivate();

    void IGrainContext.Rehydrate(IRehydrationContext context) => throw new NotSupportedException();

    void IGrainContext.Migrate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken) => throw new NotSupportedException();

    object? ITargetHolder.GetTarget() => throw new NotSupportedException();

    object? ITargetHolder.GetComponent(Type componentType) => throw new NotSupportedException();

    void IWorkItemScheduler.QueueTask(Task task) => throw new NotSupportedException();

    void IGrainRuntime.DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan) => throw new NotSupportedException();

    IStorage<TGrainState> IGrainRuntime.GetStorage<TGrainState>(IGrainContext grainContext) => throw new NotSupportedException();
}
