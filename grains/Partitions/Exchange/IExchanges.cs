namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>Finds the exchange of a silo.</summary>
public interface IExchanges
{
    /// <summary>The exchange of a silo. Calls to it fail when the silo is dead.</summary>
    IEntityExchange On(SiloAddress silo);
}
