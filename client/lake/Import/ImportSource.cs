using System.Buffers.Binary;
using System.IO.Hashing;

namespace OrleansAnalytics.Lake.Import;

/// <summary>How a file to import is stored.</summary>
internal enum SourceForm
{
    /// <summary>CSV as it is.</summary>
    Csv,

    /// <summary>CSV in gzip.</summary>
    GzipCsv,

    /// <summary>Parquet.</summary>
    Parquet,
}

/// <summary>A file to import. Its first bytes say what it is, as names are often wrong.</summary>
/// <param name="path">The file.</param>
internal sealed class ImportSource(string path)
{
    /// <summary>What the name of an import begins with.</summary>
    public const string Prefix = "import-";

    private const int ReadBytes = 1 << 20;

    /// <summary>The file.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>How it is stored.</summary>
    public SourceForm Form { get; } = FormOf(path);

    /// <summary>
    /// The name of the import of some content: the same for the same bytes (unpacked), under whatever name. 128 bits of hash and the length in it: different
    /// files are not expected to meet.
    /// </summary>
    public static string NameOf(XxHash128 content, long length)
    {
        Span<byte> size = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(size, length);
        content.Append(size);
        return Prefix + Convert.ToHexStringLower(content.GetCurrentHash());
    }

    /// <summary>Opens the file as it is stored.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public FileStream Open() => new(Path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);

    /// <summary>The text of an opened CSV file.</summary>
    public Stream Unpack(FileStream file) =>
        Form == SourceForm.GzipCsv ? new GzipText(new BufferedStream(file, ReadBytes)) : file;

    /// <summary>The name of the import of this file, from all its bytes (unpacked).</summary>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="InvalidDataException">The gzip is damaged or cut.</exception>
    public string NameOfContent(IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        using var stored = Open();
        using var content = Unpack(stored);
        var hash = new XxHash128();
        var buffer = new byte[ReadBytes];
        var length = 0L;
        for (int read; (read = content.Read(buffer, 0, buffer.Length)) > 0; length += read)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.Append(buffer.AsSpan(0, read));
            progress?.Report(new ImportProgress(ImportPhase.Checking, stored.Position, stored.Length));
        }

        return NameOf(hash, length);
    }

    private static SourceForm FormOf(string path)
    {
        using var file = File.OpenHandle(path);
        Span<byte> first = stackalloc byte[4];
        first = first[..RandomAccess.Read(file, first, 0)];
        return first.SequenceEqual("PAR1"u8) ? SourceForm.Parquet
            : first.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]) ? SourceForm.GzipCsv
            : SourceForm.Csv;
    }
}
