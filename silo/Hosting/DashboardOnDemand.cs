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

    /// <summary>Adds the dashboard without its hosted service.</summary>
    /// <exception cref="InvalidOperationException">The package has changed: there is no such service.</exception>
    public static void AddDashboardOnDemand(this ISiloBuilder silo)
    {
        silo.AddDashboard(dashboard => dashboard.CounterUpdateIntervalMs = CounterIntervalMs);
        var hosted = silo.Services.FirstOrDefault(service => service.ServiceType == typeof(IHostedService) && service.ImplementationFactory?.Method.ReturnType.FullName == GathererName)
            ?? throw new InvalidOperationException($"the dashboard has no hosted service {GathererName}");
        silo.Services.Remove(hosted);
        silo.Services.AddSingleton(services => new Gatherer(() => (IHostedService)hosted.ImplementationFactory!(services)));
    }

    /// <summary>Maps the dashboard; the first request to it starts its gathering.</summary>
    public static void MapDashboardOnDemand(this WebApplication app, string path)
    {
        var gatherer = app.Services.GetRequiredService<Gatherer>();
        app.MapOrleansDashboard(path).AddEndpointFilter(async (context, next) =>
        {
            await gatherer.StartedAsync();
            return await next(context);
        });
    }

    /// <summary>Starts the dashboard's own service once. The service belongs to the container, which ends it with the node; its constructor gathers already.</summary>
    private sealed class Gatherer(Func<IHostedService> dashboard)
    {
        private readonly Lazy<Task> _started = new(() => dashboard().StartAsync(CancellationToken.None));

        public Task StartedAsync() => _started.Value;
    }
}
