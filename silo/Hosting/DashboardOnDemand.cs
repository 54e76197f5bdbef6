using Orleans.Dashboard;

namespace OrleansAnalytics.Hosting;

/// <summary>
/// The Orleans Dashboard, which begins to gather when somebody first looks at it. Its reader of metrics walks over every activation once a second, an
/// interval that cannot be set: a twentieth of all work at a few hundred thousand activations, for nobody.
/// </summary>
internal static class DashboardOnDemand
{
    private const int CounterIntervalMs = 10_000;
    private const string GathererName = "Orleans.Dashboard.DashboardHost";

    /// <summary>Adds the dashboard without what makes its gatherer when the silo starts.</summary>
    /// <exception cref="InvalidOperationException">The package has changed: there is no such service.</exception>
    public static void AddDashboardOnDemand(this ISiloBuilder silo)
    {
        var others = silo.Services.Count;
        silo.AddDashboard(dashboard => dashboard.CounterUpdateIntervalMs = CounterIntervalMs);
        var gatherer = silo.Services.FirstOrDefault(service => service.ServiceType.FullName == GathererName)?.ServiceType
            ?? throw new InvalidOperationException($"the dashboard has no service {GathererName}");
        var starters = silo.Services.Skip(others).Where(service => MayStart(service.ServiceType) && Asked.For(service) == gatherer).ToList();
        if (starters.Count == 0)
        {
            throw new InvalidOperationException($"nothing starts the dashboard's {GathererName}");
        }

        starters.ForEach(starter => silo.Services.Remove(starter));
        silo.Services.AddSingleton(services => new Gatherer(() => services.GetRequiredService(gatherer)));
    }

    /// <summary>Maps the dashboard; the first request to it starts its gathering, and packs its pages, which takes half a second.</summary>
    public static void MapDashboardOnDemand(this WebApplication app, string path)
    {
        var gatherer = app.Services.GetRequiredService<Gatherer>();
        var pages = new Lazy<RequestDelegate>(() => Pages(app, path));
        app.Map(path + "/{**page}", async context =>
        {
            await gatherer.StartedAsync();

            // The pages have a routing of their own.
            context.SetEndpoint(null);
            context.Request.RouteValues.Clear();
            await pages.Value(context);
        }).ExcludeFromDescription();
    }

    private static RequestDelegate Pages(WebApplication app, string path)
    {
        var pipeline = ((IApplicationBuilder)app).New();
        pipeline.UseRouting();
        pipeline.UseEndpoints(endpoints => endpoints.MapOrleansDashboard(path));
        return pipeline.Build();
    }

    /// <summary>Starts the dashboard's own service once. The service belongs to the container, which ends it with the node.</summary>
    private sealed class Gatherer(Func<object> make)
    {
        private readonly Lazy<Task> _started = new(() => StartAsync(make()));

        public Task StartedAsync() => _started.Value;

        private static async Task StartAsync(object dashboard)
        {
            await ((IHostedService)dashboard).StartAsync(CancellationToken.None);
            var late = new LateLifecycle();
            ((ILifecycleParticipant<ISiloLifecycle>)dashboard).Participate(late);
            await late.StartAsync();
        }
    }

    /// <summary>The lifecycle of a silo that has started already.</summary>
    private sealed class LateLifecycle : ISiloLifecycle, IDisposable
    {
        private readonly List<(int Stage, ILifecycleObserver Observer)> _observers = [];

        public int HighestCompletedStage => ServiceLifecycleStage.Last;

        public int LowestStoppedStage => int.MaxValue;

        public IDisposable Subscribe(string observerName, int stage, ILifecycleObserver observer)
        {
            _observers.Add((stage, observer));
            return this;
        }

        public async Task StartAsync()
        {
            foreach (var (_, observer) in _observers.OrderBy(one => one.Stage))
            {
                await observer.OnStart(CancellationToken.None);
            }
        }

        // What was subscribed ends with the container.
        public void Dispose()
        {
        }
    }

    private static bool MayStart(Type service) => service == typeof(IHostedService) || service == typeof(ILifecycleParticipant<ISiloLifecycle>);

    /// <summary>Finds out which service a factory of the dashboard hands on, by answering nothing to what it asks for.</summary>
    private sealed class Asked : IServiceProvider
    {
        private Type? _first;

        public static Type? For(ServiceDescriptor service)
        {
            if (service.IsKeyedService || service.ImplementationFactory is not { } make)
            {
                return null;
            }

            var asked = new Asked();
            try
            {
                make(asked);
            }
            catch (InvalidOperationException)
            {
                // It insists on what it asked for.
            }

            return asked._first;
        }

        public object? GetService(Type serviceType)
        {
            _first ??= serviceType;
            return null;
        }
    }
}
