using System.Security.Cryptography;
using System.Text;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Writes snapshots to <c>reports/&lt;report&gt;/&lt;period&gt;.parquet</c>, <c>.csv</c> and <c>.json</c> (the <see cref="SnapshotManifest"/>) under the data
/// directory. Each file is written beside its place, synced and moved, so a reader never sees half of one. The manifest is moved last: while its
/// checksums do not match, a newer snapshot is just being put in place.
/// </summary>
/// <param name="dataDirectory">The data directory; <c>reports</c> is created in it.</param>
public sealed class DirectoryReportSink(string dataDirectory) : IReportSink
{
    private readonly string _root = Path.Combine(Path.GetFullPath(dataDirectory), "reports");

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<string>> WriteAsync(Report report, string period, CancellationToken cancellationToken = default)
    {
        SnapshotName.Check(report.Name);
        SnapshotName.Check(period);

        // Encoding and syncing take their time: not on the scheduler of the grain that calls.
        return await Task.Run(() => WriteFilesAsync(report, period, cancellationToken), cancellationToken);
    }

    private async Task<IReadOnlyList<string>> WriteFilesAsync(Report report, string period, CancellationToken cancellationToken)
    {
        var paths = Array.ConvertAll((string[])["parquet", "csv", "json"], ending => Path.Combine(_root, report.Name, $"{period}.{ending}"));
        using DurableFile parquet = new(paths[0]), csv = new(paths[1]), json = new(paths[2]);
        var checksums = new Dictionary<string, string>
        {
            [Path.GetFileName(paths[0])] = await WriteAsync(parquet, stream => ReportParquet.WriteAsync(stream, report, cancellationToken), cancellationToken),
            [Path.GetFileName(paths[1])] = await WriteAsync(csv, stream => WriteCsvAsync(stream, report.Table, cancellationToken), cancellationToken),
        };
        var manifest = new SnapshotManifest(report.Name, period, report.AsOf, ReportAsOf.Watermark(report), report.Table.Rows.Count, checksums);
        await WriteAsync(json, stream => stream.WriteAsync(manifest.ToUtf8(), cancellationToken).AsTask(), cancellationToken);

        cancellationToken.ThrowIfCancellationRequested();
        parquet.Complete();
        csv.Complete();
        json.Complete();
        return paths;
    }

    private static async Task WriteCsvAsync(Stream stream, ReportTable table, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        await ReportCsv.WriteAsync(writer, table, cancellationToken);
    }

    /// <summary>Writes and syncs the file under its hidden name; answers its checksum.</summary>
    private static async Task<string> WriteAsync(DurableFile file, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        await write(file.Stream);
        file.Stream.Position = 0;
        var checksum = Convert.ToHexStringLower(await SHA256.HashDataAsync(file.Stream, cancellationToken));
        file.Sync();
        return checksum;
    }
}
