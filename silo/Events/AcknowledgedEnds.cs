using System.Buffers.Binary;
using System.IO.Hashing;
using Microsoft.Win32.SafeHandles;

namespace OrleansAnalytics.Events;

/// <summary>
/// A small file beside the log that says up to where each partition was acknowledged: what the log should have, told by someone else than the log. It is
/// overwritten in place after each sync and before the acknowledgement, so it never says more than was durable; it is synced only when the log closes, so
/// after a power failure it may say less. Two slots take turns, because a write may be cut. Called by one thread at a time.
/// </summary>
/// <remarks>A slot: version, sequence number (64 bits), one end per partition (64 bits each), XxHash3 of all before it; little-endian.</remarks>
internal sealed class AcknowledgedEnds : IDisposable
{
    public const string FileName = "acknowledged";
    private const byte FormatVersion = 1;
    private const int EndsOffset = 9;

    private readonly SafeFileHandle _file;
    private readonly byte[] _slot;
    private long _sequence;

    /// <summary>Opens the file of a log, or creates it.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public AcknowledgedEnds(string folder, int partitions)
    {
        _slot = new byte[SlotLength(partitions)];
        _file = File.OpenHandle(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        Ends = new long[partitions];
        for (var slot = 0; slot < 2; slot++)
        {
            var read = RandomAccess.Read(_file, _slot, (long)slot * _slot.Length);
            if (TryRead(_slot.AsSpan(0, read), Ends, out var sequence))
            {
                _sequence = Math.Max(_sequence, sequence);
            }
        }
    }

    /// <summary>The end of each partition as it was when the file was opened; 0 where it says nothing.</summary>
    public long[] Ends { get; }

    /// <summary>Notes the ends. A failure is no reason to refuse what is durable: the note only makes a later loss visible.</summary>
    public void Note(LogTail[] tails)
    {
        _sequence++;
        Write(_slot, _sequence, Array.ConvertAll(tails, tail => tail.Published.Value));
        try
        {
            RandomAccess.Write(_file, _slot, _sequence % 2 * _slot.Length);
        }
        catch (IOException)
        {
            // The other slot still has the note before.
        }
    }

    public void Dispose()
    {
        try
        {
            RandomAccess.FlushToDisk(_file);
        }
        catch (IOException)
        {
            // As with a note that fails.
        }

        _file.Dispose();
    }

    internal static int SlotLength(int partitions) => EndsOffset + (partitions * sizeof(long)) + sizeof(ulong);

    internal static void Write(Span<byte> slot, long sequence, ReadOnlySpan<long> ends)
    {
        slot[0] = FormatVersion;
        BinaryPrimitives.WriteInt64LittleEndian(slot[1..], sequence);
        for (var partition = 0; partition < ends.Length; partition++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(slot[(EndsOffset + (partition * sizeof(long)))..], ends[partition]);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(slot[^sizeof(ulong)..], XxHash3.HashToUInt64(slot[..^sizeof(ulong)]));
    }

    /// <summary>Raises <paramref name="ends"/> to what a slot says; false if it is none.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> slot, Span<long> ends, out long sequence)
    {
        sequence = 0;
        if (slot.Length != SlotLength(ends.Length)
            || slot[0] != FormatVersion
            || BinaryPrimitives.ReadUInt64LittleEndian(slot[^sizeof(ulong)..]) != XxHash3.HashToUInt64(slot[..^sizeof(ulong)]))
        {
            return false;
        }

        sequence = BinaryPrimitives.ReadInt64LittleEndian(slot[1..]);
        for (var partition = 0; partition < ends.Length; partition++)
        {
            ends[partition] = Math.Max(ends[partition], BinaryPrimitives.ReadInt64LittleEndian(slot[(EndsOffset + (partition * sizeof(long)))..]));
        }

        return true;
    }
}
