using System.IO.Compression;
using OrleansAnalytics.Client;

namespace OrleansAnalytics.Cli;

/// <summary>A file to send, or the standard input (<c>-</c>); <c>.gz</c> is unpacked.</summary>
internal sealed class IngestSource : IAsyncDisposable
{
    private readonly Stream _file;

    private IngestSource(Stream file, Stream records, string name, RecordFormat format)
    {
        _file = file;
        Records = records;
        Name = name;
        Format = format;
    }

    /// <summary>The records, not compressed.</summary>
    public Stream Records { get; }

    /// <summary>The name for dead letters.</summary>
    public string Name { get; }

    /// <summary>The format by the name; the standard input is JSON lines if it begins with a brace.</summary>
    public RecordFormat Format { get; }

    /// <summary>Where the file is read, and its length; 0 if not known.</summary>
    public (long Position, long Length) Progress => _file.CanSeek ? (_file.Position, _file.Length) : (0, 0);

    /// <summary>Opens it.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IngestSource Open(string path)
    {
        if (path == "-")
        {
            var input = new FirstByteStream(Console.OpenStandardInput());
            return new IngestSource(input, input, "stdin", input.First == '{' ? RecordFormat.JsonLines : RecordFormat.Csv);
        }
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 128 * 1024, FileOptions.SequentialScan);
        // What is sent is unpacked, so its name has no .gz either.
        var isPacked = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        Stream records = isPacked ? new GZipStream(file, CompressionMode.Decompress) : file;
        return new IngestSource(file, records, Path.GetFileName(isPacked ? path[..^3] : path), RecordChunker.FormatOf(path));
    }

    public async ValueTask DisposeAsync()
    {
        await Records.DisposeAsync();
        await _file.DisposeAsync();
    }
}
