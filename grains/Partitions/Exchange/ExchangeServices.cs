using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>Registers the exchange between silos.</summary>
internal static class ExchangeServices
{
    /// <summary>Adds this silo's exchange and the way to the others'.</summary>
    public static void AddExchange(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<ExchangeInstruments>();
        services.AddSingleton<IExchanges, ExchangeClient>();
        services.AddGrainService<EntityExchange>();
    }
}
