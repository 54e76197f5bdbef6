using System.Buffers;

namespace OrleansAnalytics.Lake.Import;

/// <summary>Rows one after the other, the first of them in a file and the others in a buffer; each is whole in one of them.</summary>
/// <param name="path">The file.</param>
internal sealed class BucketRows(string path)
{
    /// <summary>The file; it exists when something was written.</summary>
    public string Path { get; } = path;

    /// <summary>Rows added.</summary>
    public long Rows { get; set; }

    /// <summary>What is not written yet, up to <see cref="Used"/>.</summary>
    public byte[] Buffer { get; private set; } = [];

    /// <summary>Bytes of <see cref="Buffer"/> that are used.</summary>
    public int Used { get; set; }

    /// <summary>Bytes in the file.</summary>
    public long Stored { get; private set; }

    /// <summary>Takes a larger buffer.</summary>
    public void Grow(int bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        Buffer.AsSpan(0, Used).CopyTo(larger);
        var used = Used;
        GiveBack();
        (Buffer, Used) = (larger, used);
    }

    /// <summary>Writes what is buffered to the end of the file.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Write()
    {
        if (Used == 0)
        {
            return;
        }

        using var file = File.OpenHandle(Path, FileMode.OpenOrCreate, FileAccess.Write);
        RandomAccess.Write(file, Buffer.AsSpan(0, Used), Stored);
        Stored += Used;
        Used = 0;
    }

    /// <summary>Brings all rows into the buffer.</summary>
    public void Load()
    {
        if (Stored == 0)
        {
            return;
        }

        var all = ArrayPool<byte>.Shared.Rent(checked((int)(Stored + Used)));
        using (var file = File.OpenHandle(Path))
        {
            for (var at = 0; at < Stored;)
            {
                var read = RandomAccess.Read(file, all.AsSpan(at, (int)Stored - at), at);
                at += read > 0 ? read : throw new EndOfStreamException($"{Path} is shorter than it was written");
            }
        }

        Buffer.AsSpan(0, Used).CopyTo(all.AsSpan((int)Stored));
        var used = (int)Stored + Used;
        GiveBack();
        (Buffer, Used, Stored) = (all, used, 0);
    }

    /// <summary>Gives the buffer back.</summary>
    public void GiveBack()
    {
        if (Buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(Buffer);
        }

        (Buffer, Used) = ([], 0);
    }
}
