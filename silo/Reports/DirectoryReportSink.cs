using System.Security.Cryptography;
using System.Text;

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
        var directory = Directory.CreateDirectory(Path.Combine(_root, report.Name)).FullName;
        var files = new SnapshotFile[]
        {
            new(directory, $"{period}.parquet"), new(directory, $"{period}.csv"), new(directory, $"{period}.json"),
        };
        try
        {
            var checksums = new Dictionary<string, string>
            {
                [files[0].Name] = await WriteAsync(files[0], stream => ReportParquet.WriteAsync(stream, report, cancellationToken), cancellationToken),
                [files[1].Name] = await WriteAsync(files[1], stream => WriteCsvAsync(stream, report.Table, cancellationToken), cancellationToken),
            };
            var manifest = new SnapshotManifest(
                report.Name, period, report.AsOf, ReportAsOf.Watermark(report), report.Table.Rows.Count, checksums);
            await WriteAsync(files[2], stream => stream.WriteAsync(manifest.ToUtf8(), cancellationToken).AsTask(), cancellationToken);

            cancellationToken.ThrowIfCancellationRequested();
            foreach (var file in files)
            {
                File.Move(file.TemporaryPath, file.Path, overwrite: true);
            }
        }
        catch
        {
            foreach (var file in files)
            {
                File.Delete(file.TemporaryPath);
            }

            throw;
        }

        return Array.ConvertAll(files, file => file.Path);
    }

    private static async Task WriteCsvAsync(Stream stream, ReportTable table, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        await ReportCsv.WriteAsync(writer, table, cancellationToken);
    }

    /// <summary>Writes and syncs the temporary file; answers its checksum.</summary>
    private static async Task<string> WriteAsync(SnapshotFile file, Func<Stream, Task> write, CancellationToken cancellationToken)
    {
        await using var stream = new FileStream(file.TemporaryPath, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        await write(stream);
        stream.Flush(flushToDisk: true);
        stream.Position = 0;
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    private readonly record struct SnapshotFile(string Directory, string Name)
    {
        public string Path => System.IO.Path.Combine(Directory, Name);

        // Hidden, so that a pattern such as *.parquet does not pick it up.
        public string TemporaryPath => System.IO.Path.Combine(Directory, $".{Name}.tmp");
    }
}
