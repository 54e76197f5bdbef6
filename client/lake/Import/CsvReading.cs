using System.IO.Hashing;

namespace OrleansAnalytics.Lake.Import;

/// <summary>Reads a CSV file, packed or not, into rows by hour.</summary>
internal static class CsvReading
{
    /// <summary>Divides a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="buckets">Take its rows; written to disk at the end.</param>
    /// <param name="rejections">Takes what is malformed or too long.</param>
    /// <param name="options">The limits.</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>What the columns mean, how many rows there are, and the name of the import of this content.</returns>
    /// <exception cref="InvalidDataException">It is empty, cut, damaged, or has wrong columns.</exception>
    public static (ImportColumns Columns, long Received, string Name) Divide(
        ImportSource source, HourBuckets buckets, RejectionList rejections, ImportOptions options, IProgress<ImportProgress>? progress, CancellationToken cancellationToken)
    {
        const int lookEvery = 1 << 14;
        using var stored = source.Open();
        using var text = source.Unpack(stored);
        var content = new XxHash128();
        var lines = new TextLines(text, options.MaxRecordBytes, options.MaxRejectionBytes, content);
        if (!lines.TryNext(out var header, out var isTooLong))
        {
            throw new InvalidDataException("there is nothing in it");
        }

        var columns = isTooLong ? throw new InvalidDataException("the header is longer than a line may be") : ImportColumns.Parse(header);
        var divider = new CsvDivider(columns, buckets, rejections);
        while (lines.TryNext(out var line, out isTooLong))
        {
            divider.Add(line, isTooLong, lines.Number);
            if (divider.Received % lookEvery == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(new ImportProgress(ImportPhase.Reading, stored.Position, stored.Length));
            }
        }

        buckets.Flush();
        return (columns, divider.Received, ImportSource.NameOf(content, lines.BytesRead));
    }
}
