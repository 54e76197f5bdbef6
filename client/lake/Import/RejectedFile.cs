using System.Globalization;
using System.Text;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Lake.Import;

/// <summary><c>rejected/&lt;import&gt;.csv</c> of a lake: the first rejected rows of a file, with reason, line (or row) and text as it came.</summary>
/// <param name="path">Where it goes.</param>
/// <param name="options">The limits.</param>
internal sealed class RejectedFile(string path, ImportOptions options)
{
    /// <summary>Writes the lines of a CSV file that were rejected.</summary>
    /// <param name="source">The file, which is read again.</param>
    /// <param name="rejections">In the order of the file.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public void WriteLines(ImportSource source, IReadOnlyList<Rejection> rejections, CancellationToken cancellationToken) => Write(file =>
    {
        using var stored = source.Open();
        using var text = source.Unpack(stored);
        var lines = new TextLines(text, options.MaxRecordBytes, options.MaxRejectionBytes);
        var next = 0;
        while (next < rejections.Count && lines.TryNext(out var line, out _))
        {
            if (lines.Number == rejections[next].Number)
            {
                cancellationToken.ThrowIfCancellationRequested();
                WriteRow(file, rejections[next++], line);
            }
        }
    });

    /// <summary>Writes the rows of a Parquet file that were rejected, as JSON.</summary>
    public void WriteRows(ImportDatabase database, ImportSource source, IReadOnlyList<Rejection> rejections) => Write(file =>
    {
        var reasons = rejections.ToDictionary(rejection => rejection.Number);
        database.Execute("CREATE OR REPLACE TABLE rejected_numbers (number BIGINT)");
        database.Append("rejected_numbers", reasons.Keys);
        var rows = database.Query(
            $"""
            SELECT file_row_number + 1, to_json(stored)
            FROM (SELECT * FROM read_parquet({CleaningSql.Literal(source.Path)}, file_row_number = true, hive_partitioning = false)) AS stored
            WHERE file_row_number + 1 IN (SELECT number FROM rejected_numbers) ORDER BY 1
            """,
            row => (Number: row.GetInt64(0), Text: row.GetString(1)));
        foreach (var (number, text) in rows)
        {
            WriteRow(file, reasons[number], Encoding.UTF8.GetBytes(text));
        }
    });

    private void Write(Action<Stream> rows)
    {
        using var file = new DurableFile(path);
        using (var buffered = new BufferedStream(file.Stream, 1 << 16))
        {
            buffered.Write("reason,line,text\n"u8);
            rows(buffered);
            buffered.Flush();
            file.Complete();
        }
    }

    private void WriteRow(Stream file, Rejection rejection, ReadOnlySpan<byte> text)
    {
        file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{rejection.Reason.Name()},{rejection.Number},\"")));
        text = text[..Math.Min(text.Length, options.MaxRejectionBytes)];
        for (int quote; (quote = text.IndexOf((byte)'"')) >= 0; text = text[(quote + 1)..])
        {
            file.Write(text[..quote]);
            file.Write("\"\""u8);
        }

        file.Write(text);
        file.Write("\"\n"u8);
    }
}
