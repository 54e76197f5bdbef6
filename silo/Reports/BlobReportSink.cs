using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Reports;

/// <summary>
/// Writes snapshots to a container, named as in a folder: <c>&lt;report&gt;/&lt;period&gt;.parquet</c>, <c>.csv</c> and <c>.json</c> (the <see cref="SnapshotManifest"/>). Each blob is
/// there as a whole or not at all. The manifest is replaced last and under its ETag: while its checksums do not match, a newer snapshot is just being put in place; and of two
/// nodes that write one snapshot the later one writes it all again.
/// </summary>
/// <param name="connection">The account; the container must be there.</param>
public sealed class BlobReportSink(AzureConnection connection) : IReportSink
{
    private const int MaxTries = 5;

    private readonly BlobContainerClient _container = connection.Container("reports");

    /// <inheritdoc/>
    /// <exception cref="IOException">The service does not answer, or refuses; some of the three may be the new ones.</exception>
    public async ValueTask<IReadOnlyList<string>> WriteAsync(Report report, string period, CancellationToken cancellationToken = default)
    {
        SnapshotName.Check(report.Name);
        SnapshotName.Check(period);
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            // Encoding takes its time: not on the scheduler of the grain that calls.
            return await Task.Run(() => WriteBlobsAsync(report, period, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"the snapshot {report.Name}/{period} could not be written");
        }
    }

    private async Task<IReadOnlyList<string>> WriteBlobsAsync(Report report, string period, CancellationToken cancellationToken)
    {
        var parquet = new MemoryStream();
        await ReportParquet.WriteAsync(parquet, report, cancellationToken);
        using var csv = new MemoryStream();
        await using (var writer = new StreamWriter(csv, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true))
        {
            await ReportCsv.WriteAsync(writer, report.Table, cancellationToken);
        }

        (string Name, byte[] Bytes)[] files = [($"{period}.parquet", parquet.ToArray()), ($"{period}.csv", csv.ToArray())];
        var checksums = files.ToDictionary(file => file.Name, file => Convert.ToHexStringLower(SHA256.HashData(file.Bytes)));
        var manifest = new SnapshotManifest(report.Name, period, report.AsOf, ReportAsOf.Watermark(report), report.Table.Rows.Count, checksums);
        var blobs = files.Select(file => Blob(report.Name, file.Name)).Append(Blob(report.Name, $"{period}.json")).ToList();
        for (var tries = 1; ; tries++)
        {
            var before = await ETagAsync(blobs[2], cancellationToken);
            await PutAsync(blobs[0], files[0].Bytes, null, cancellationToken);
            await PutAsync(blobs[1], files[1].Bytes, null, cancellationToken);
            try
            {
                await PutAsync(blobs[2], manifest.ToUtf8(), before is { } etag ? new BlobRequestConditions { IfMatch = etag } : new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken);
                return [.. blobs.Select(blob => blob.Uri.GetLeftPart(UriPartial.Path))];
            }
            catch (RequestFailedException failure) when (failure.IsConflict() && tries < MaxTries)
            {
                // Another node writes the same snapshot; or this was repeated after its answer was lost.
            }
        }
    }

    private BlobClient Blob(string report, string name) => _container.GetBlobClient($"{report}/{name}");

    private static async Task<ETag?> ETagAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            return (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value.ETag;
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    private static async Task PutAsync(BlobClient blob, byte[] bytes, BlobRequestConditions? conditions, CancellationToken cancellationToken) =>
        await blob.UploadAsync(BinaryData.FromBytes(bytes), new BlobUploadOptions { Conditions = conditions, TransferOptions = BlobLakeSink.AtOnce }, cancellationToken);
}
