namespace OrleansAnalytics.Generator;

/// <summary>
/// A synthetic shop: a clickstream in REES46 format
/// (<c>event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session</c>), sorted by time, with the
/// distributions of the real shop in October 2019. The same options give the same bytes. Memory is bounded by the catalogue (about 20 MB) and the
/// visits under way, not by the number of rows. Every call starts from the beginning; calls do not disturb each other.
/// </summary>
public sealed class ShopGenerator
{
    private const int ChunkBytes = 128 * 1024;
    private readonly GeneratorOptions _options;
    private readonly Lazy<Catalogue> _catalogue;

    /// <summary>A generator for the given options.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public ShopGenerator(GeneratorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _catalogue = new(() => new Catalogue(options.Seed, options.Removals));
    }

    /// <summary>The first line of the file, with its line feed.</summary>
    public static ReadOnlySpan<byte> Header =>
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"u8;

    /// <summary>Writes header and rows.</summary>
    /// <param name="target">Receives the bytes; stays open.</param>
    /// <param name="progress">Told the number of rows so far, about once per 1,000 rows.</param>
    /// <param name="cancellationToken">Stops between two chunks; what was written are whole lines.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void WriteCsv(Stream target, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        foreach (var (chunk, rows) in Chunks())
        {
            cancellationToken.ThrowIfCancellationRequested();
            target.Write(chunk.Span);
            progress?.Report(rows);
        }
    }

    /// <summary>Header and rows as chunks of whole lines, made while they are asked for. A chunk is valid until the next one is asked for.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> CsvChunks()
    {
        foreach (var (chunk, _) in Chunks())
            yield return chunk;
    }

    /// <summary>Header and rows as a stream that is made while it is read. It cannot seek.</summary>
    public Stream OpenCsv() => new ChunkStream(CsvChunks());

    private IEnumerable<(ReadOnlyMemory<byte> Chunk, long Rows)> Chunks()
    {
        var run = new ShopRun(_options, _catalogue.Value);
        var buffer = new RowBuffer(ChunkBytes);
        buffer.Add(Header);
        while (run.Write(buffer))
        {
            if (!buffer.IsFull)
                continue;
            yield return (buffer.Written, run.Rows);
            buffer.Clear();
        }
        if (buffer.Length > 0)
            yield return (buffer.Written, run.Rows);
    }
}
