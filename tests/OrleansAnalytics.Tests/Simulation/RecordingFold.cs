using System.Buffers;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>A fold that remembers which events it has counted.</summary>
internal sealed class RecordingFold(World world, int entity) : EntityFold
{
    public List<int> Events { get; } = [];

    public override bool IsEmpty => Events.Count == 0;

    public override void Fold(ShopEvent shopEvent, long position)
    {
        var number = Truth.NumberOf(shopEvent);
        if (world.Truth.IsPoison(entity, number))
        {
            throw new InvalidOperationException("poison");
        }

        if (Events.Contains(number))
        {
            world.Fail($"{world.Truth.Entities[entity]} counts event {number} at {position} a second time");
        }

        Events.Add(number);
        world.Truth.Folded(entity, number);
    }

    public override void WriteTo(IBufferWriter<byte> output)
    {
        var writer = new FormatWriter(output);
        writer.Count(Events.Count);
        foreach (var number in Events)
        {
            writer.Count(number);
        }
    }

    public override void ReadFrom(ReadOnlySpan<byte> stored)
    {
        Events.Clear();
        var reader = new FormatReader(stored);
        for (var left = reader.Items(); left > 0; left--)
        {
            Events.Add((int)reader.Count());
        }
    }
}
