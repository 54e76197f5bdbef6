using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Partitions.Exchange;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>What the exchanges of a cluster's silos have taken, from the creation of this on.</summary>
internal sealed class ExchangeCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, long> _counts = new();

    public ExchangeCounts(ShopCluster shop)
    {
        // Other tests of this process have silos of their own.
        var silos = shop.Orleans.Silos.Select(silo => silo.ServiceProvider.GetRequiredService<IMeterFactory>()).ToHashSet<object>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter is { Name: ExchangeInstruments.MeterName, Scope: { } silo } && silos.Contains(silo))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => _counts.AddOrUpdate(instrument.Name, value, (_, before) => before + value));
        _listener.Start();
    }

    public long Messages => _counts.GetValueOrDefault("exchange.messages");

    public long Slices => _counts.GetValueOrDefault("exchange.slices");

    public long Flushes => _counts.GetValueOrDefault("exchange.flushes");

    public void Dispose() => _listener.Dispose();
}
