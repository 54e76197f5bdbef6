using System.IO.Hashing;

namespace OrleansAnalytics.Lake.Import;

/// <summary>Reads a CSV file, packed or not, into rows by hour.</summary>
internal sealed class CsvReading : IDisposable
{
    private const int LookEvery = 1 << 14;

    private readonly FileStream _stored;
    private readonly Stream _text;
    private readonly XxHash128 _content = new();
    private readonly TextLines _lines;

    private CsvReading(ImportSource source, ImportOptions options)
    {
        _stored = source.Open();
        _text = source.Unpack(_stored);
        _lines = new TextLines(_text, options.MaxRecordBytes, options.MaxRejectionBytes, _content);
        try
        {
            if (!_lines.TryNext(out var header, out var isTooLong))
            {
                throw new InvalidDataException("there is nothing in it");
            }

            Columns = isTooLong ? throw new InvalidDataException("the header is longer than a line may be") : ImportColumns.Parse(header);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the columns mean.</summary>
    public ImportColumns Columns { get; }

    /// <summary>Opens a file and reads its header.</summary>
    /// <exception cref="InvalidDataException">It is empty, damaged, or has wrong columns.</exception>
    public static CsvReading Open(ImportSource source, ImportOptions options) => new(source, options);

    /// <summary>Divides the rest of the file.</summary>
    /// <param name="divider">Takes its lines.</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The name of the import of this content.</returns>
    /// <exception cref="InvalidDataException">It is cut or damaged.</exception>
    public string Divide(CsvDivider divider, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        while (_lines.TryNext(out var line, out var isTooLong))
        {
            divider.Add(line, isTooLong, _lines.Number);
            if (divider.Received % LookEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new ImportProgress(ImportPhase.Reading, _stored.Position, _stored.Length));
            }
        }

        return ImportSource.NameOf(_content, _lines.BytesRead);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text.Dispose();
        _stored.Dispose();
    }
}
