using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace OrleansAnalytics.Client;

/// <summary>Registers the client.</summary>
public static class AnalyticsClientServices
{
    /// <summary>Adds one <see cref="AnalyticsClient"/> for the whole program; its clock is the registered <see cref="TimeProvider"/>, if any.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static IServiceCollection AddAnalyticsClient(this IServiceCollection services, Action<AnalyticsClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new AnalyticsClientOptions();
        configure?.Invoke(options);
        options.Validate();
        services.TryAddSingleton(provider => new AnalyticsClient(options, time: provider.GetService<TimeProvider>()));
        return services;
    }
}
