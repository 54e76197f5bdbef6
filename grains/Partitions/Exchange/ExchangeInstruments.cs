using System.Diagnostics.Metrics;

namespace OrleansAnalytics.Partitions.Exchange;

/// <summary>Counts what this silo's exchange took. The meter is <see cref="MeterName"/>.</summary>
public sealed class ExchangeInstruments
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "OrleansAnalytics.Exchange";

    private readonly Counter<long> _messages;
    private readonly Counter<long> _slices;
    private readonly Counter<long> _flushes;

    /// <summary>Counters of one silo.</summary>
    public ExchangeInstruments(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _messages = meter.CreateCounter<long>("exchange.messages", "{message}", "Messages with slices or flushes taken from other silos.");
        _slices = meter.CreateCounter<long>("exchange.slices", "{slice}", "Slices in them.");
        _flushes = meter.CreateCounter<long>("exchange.flushes", "{flush}", "Flushes in them.");
    }

    /// <summary>A message with slices came.</summary>
    public void Took(SliceMessage message)
    {
        _messages.Add(1);
        _slices.Add(message.Count);
    }

    /// <summary>A message with flushes came.</summary>
    public void Took(FlushMessage message)
    {
        _messages.Add(1);
        _flushes.Add(message.Count);
    }
}
