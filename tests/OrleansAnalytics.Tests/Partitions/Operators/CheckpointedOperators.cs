using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;

namespace OrleansAnalytics.Tests.Partitions.Operators;

/// <summary>Operators with a store of parts as a checkpoint keeps them: what changed overwrites, what is removed is gone.</summary>
internal sealed class CheckpointedOperators(OperatorOptions options)
{
    private readonly Dictionary<string, ReadOnlyMemory<byte>> _parts = [];

    public PartitionOperators Operators { get; private set; } = new(options);

    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Parts => _parts;

    /// <summary>The position of the last capture.</summary>
    public long Saved { get; private set; }

    public EntryOutcome Process(LogEntry entry) => Operators.Process(entry);

    /// <returns>What was stored.</returns>
    public OperatorImage Capture()
    {
        var image = Operators.Capture();
        foreach (var name in image.Removed)
        {
            _parts.Remove(name);
        }

        foreach (var (name, part) in image.Changed)
        {
            _parts[name] = part;
        }

        Saved = Operators.Position;
        return image;
    }

    /// <summary>Another process takes over from the last capture.</summary>
    public void Restart()
    {
        Operators = new PartitionOperators(options);
        Rewind();
    }

    /// <summary>The same process goes back to the last capture.</summary>
    public void Rewind() => Operators.Restore(Saved, new Dictionary<string, ReadOnlyMemory<byte>>(_parts));
}
