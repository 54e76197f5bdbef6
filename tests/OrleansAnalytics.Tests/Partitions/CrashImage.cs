namespace OrleansAnalytics.Tests.Partitions;

/// <summary>A database's folder as a crash would leave it, and ways to damage it.</summary>
/// <param name="path">The copy.</param>
internal sealed class CrashImage(string path)
{
    /// <summary>The copy.</summary>
    public string Path => path;

    /// <summary>Copies a folder as it is at this moment, open or not.</summary>
    public static CrashImage Of(string folder, string copy)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var target = System.IO.Path.Combine(copy, System.IO.Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }

        return new CrashImage(copy);
    }

    /// <summary>The write-ahead log that is being written.</summary>
    public string WriteAheadLog => Directory.EnumerateFiles(path, "*.log").Order(StringComparer.Ordinal).Last();

    /// <summary>The largest data file.</summary>
    public string LargestDataFile => new DirectoryInfo(path).GetFiles("*.sst").MaxBy(file => file.Length)!.FullName;

    /// <summary>Bytes written to the write-ahead log.</summary>
    public long WriteAheadLength => new FileInfo(WriteAheadLog).Length;

    /// <summary>Cuts a file.</summary>
    public static void Cut(string file, long length)
    {
        using var stream = File.OpenWrite(file);
        stream.SetLength(length);
    }

    /// <summary>Flips one bit.</summary>
    public static void Flip(string file, long offset)
    {
        using var stream = File.Open(file, FileMode.Open);
        stream.Position = offset;
        var value = stream.ReadByte();
        stream.Position = offset;
        stream.WriteByte((byte)(value ^ 0x10));
    }
}
