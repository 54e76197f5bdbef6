using Orleans.Runtime.Services;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>Finds the exchanges of all silos by their address, without asking the grain directory.</summary>
/// <param name="services">Orleans' own.</param>
public sealed class ExchangeClient(IServiceProvider services) : GrainServiceClient<IEntityExchange>(services), IExchanges
{
    /// <inheritdoc/>
    public IEntityExchange On(SiloAddress silo) => GetGrainService(silo);
}
