using System.Buffers;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// What the header of a checkpoint holds: position, generation, and where each part is. A part belongs to the checkpoint if the header names it, with the version that
/// is in the keys of its rows.
/// </summary>
/// <param name="Position">See <see cref="StoredCheckpoint.Position"/>.</param>
/// <param name="Generation">See <see cref="StoredCheckpoint.Generation"/>.</param>
/// <param name="Parts">The parts by name.</param>
internal sealed record CheckpointIndex(long Position, long Generation, IReadOnlyDictionary<string, StoredPart> Parts)
{
    private const byte FormatVersion = 1;

    /// <summary>The key of the header's row.</summary>
    public const string HeaderKey = "h";

    /// <summary>How the keys of the parts' rows begin.</summary>
    public const string PartPrefix = "p-";

    /// <summary>Behind the keys of all parts' rows.</summary>
    public const string PartEnd = "p.";

    /// <summary>Before the first checkpoint.</summary>
    public static CheckpointIndex None { get; } = new(0, 0, new Dictionary<string, StoredPart>());

    /// <summary>The index as it is stored.</summary>
    public byte[] ToBytes()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        writer.Count(Position);
        writer.Count(Generation);
        writer.Count(Parts.Count);
        foreach (var (name, part) in Parts.OrderBy(part => part.Key, StringComparer.Ordinal))
        {
            writer.Text(name);
            writer.Raw(part.Version.ToByteArray());
            writer.Count(part.Bytes);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads a stored index.</summary>
    /// <exception cref="DamagedFormatException">It is none.</exception>
    public static CheckpointIndex FromBytes(ReadOnlySpan<byte> stored)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "checkpoint header");
        var (position, generation) = (reader.Count(), reader.Count());
        var parts = new Dictionary<string, StoredPart>(StringComparer.Ordinal);
        for (var left = reader.Items(); left > 0; left--)
        {
            var name = reader.RequiredText();
            parts.Add(name, new StoredPart(new Guid(reader.Take(16)), (int)reader.Count()));
        }

        reader.End("a checkpoint header");
        return new CheckpointIndex(position, generation, parts);
    }
}

/// <summary>Where a part is.</summary>
/// <param name="Version">In the keys of its rows.</param>
/// <param name="Bytes">Its bytes, without the version byte before them.</param>
internal readonly record struct StoredPart(Guid Version, int Bytes)
{
    /// <summary>Its rows; an empty part has one too.</summary>
    public int Rows => Math.Max(1, (Bytes + 1 + TableValue.MaxBytes - 1) / TableValue.MaxBytes);

    /// <summary>The keys of its rows, in order.</summary>
    public IEnumerable<string> Keys(string name)
    {
        var begin = $"{CheckpointIndex.PartPrefix}{TableKeys.Escape(name)}-{Version:n}-";
        return Enumerable.Range(0, Rows).Select(row => begin + row.ToString("D4", System.Globalization.CultureInfo.InvariantCulture));
    }
}
