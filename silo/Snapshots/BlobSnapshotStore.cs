using System.Collections.Concurrent;
using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Snapshots;

/// <summary>
/// Snapshots in a container: <c>manifests/day/2019-10-01.json</c>, and the files that it names in <c>files/day/2019-10-01/v1/</c>. Whoever writes a period first claims the next
/// version in the manifest's metadata, under the manifest's ETag: from then on no earlier draft of the period can be completed, so two writers never mix their files, whatever
/// becomes of their leases. A manifest without content is one whose first version was claimed and not yet completed. A lease for each kind lets one writer at a time compute.
/// </summary>
/// <param name="connection">The account; the container must be there.</param>
/// <param name="keepReplaced">How long a version stays that was replaced.</param>
/// <param name="time">The clock that says how long it has been there.</param>
public sealed class BlobSnapshotStore(AzureConnection connection, TimeSpan keepReplaced, TimeProvider time) : ISnapshotStore
{
    /// <summary>The name of the container, without the prefix.</summary>
    public const string Container = "snapshots";

    private const string Ending = ".json";

    private readonly BlobContainerClient _container = connection.Container(Container);
    private readonly ConcurrentDictionary<Period, ETag> _tidy = new();

    /// <inheritdoc/>
    /// <exception cref="IOException">The service does not answer, or refuses.</exception>
    public async ValueTask<IReadOnlyDictionary<Period, long>> EventsAsync(PeriodKind kind, CancellationToken cancellationToken = default)
    {
        var events = new Dictionary<Period, long>();
        foreach (var (period, mark, _) in await ListAsync(kind, cancellationToken))
        {
            if (mark.Version > 0)
            {
                events.Add(period, mark.Events);
            }
        }

        return events;
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The service does not answer, or refuses.</exception>
    public async ValueTask<PeriodManifest?> FindAsync(Period period, CancellationToken cancellationToken = default)
    {
        try
        {
            var stored = (await Manifest(period).DownloadContentAsync(cancellationToken)).Value.Content.ToMemory();
            return stored.IsEmpty ? null : PeriodManifest.FromUtf8(stored.Span);
        }
        catch (RequestFailedException failure) when (failure.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return null;
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"the snapshot of {period} could not be read");
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The service does not answer, or refuses.</exception>
    public async ValueTask<Stream?> OpenAsync(Period period, string file, CancellationToken cancellationToken = default)
    {
        if (await FindAsync(period, cancellationToken) is not { } manifest || !manifest.Files.ContainsKey(file))
        {
            return null;
        }

        try
        {
            return await Blob(period, manifest.Version, file).OpenReadAsync(new BlobOpenReadOptions(allowModifications: false), cancellationToken);
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"{file} of the snapshot of {period} could not be read");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ISnapshotDraft> BeginAsync(Period period, CancellationToken cancellationToken = default)
    {
        try
        {
            var alone = await WorkLease.TryTakeAsync(_container.GetBlobClient($"locks/{period.Kind.Name()}"), time, cancellationToken)
                ?? throw new IOException($"snapshots of this kind are being written by somebody else: {period.Kind.Name()}");
            try
            {
                return await BeginAsync(period, alone, cancellationToken);
            }
            catch
            {
                await alone.DisposeAsync();
                throw;
            }
        }
        catch (Exception exception) when (exception is not IOException && AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"the snapshot of {period} could not be begun");
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The service does not answer, or refuses; some may be removed.</exception>
    public async ValueTask<int> RemoveReplacedAsync(PeriodKind kind, CancellationToken cancellationToken = default)
    {
        var before = time.GetUtcNow().ToUnixTimeMilliseconds() - (long)keepReplaced.TotalMilliseconds;
        var removed = 0;
        foreach (var (period, mark, etag) in await ListAsync(kind, cancellationToken))
        {
            // The first version has replaced nothing, and what was replaced before the last one goes with it.
            if (mark.Version > 1 && mark.Since <= before && _tidy.GetValueOrDefault(period) != etag)
            {
                removed += await RemoveAsync(period, version => version < mark.Version, cancellationToken);
                _tidy[period] = etag;
            }
        }

        return removed;
    }

    /// <summary>A file of a version.</summary>
    internal BlobClient Blob(Period period, int version, string file) => _container.GetBlobClient(string.Create(CultureInfo.InvariantCulture, $"{FolderOf(period)}v{version}/{file}"));

    /// <summary>Puts a manifest in place: the moment at which the snapshot is another one.</summary>
    /// <exception cref="IOException">Somebody else has begun a snapshot of the period since; or the service failed, and it may or may not be in place.</exception>
    internal async Task ReplaceAsync(Period period, PeriodManifest manifest, ETag claim, CancellationToken cancellationToken)
    {
        var mark = new SnapshotMark(manifest.Version, manifest.Version, manifest.Events, time.GetUtcNow().ToUnixTimeMilliseconds());
        try
        {
            await WriteAsync(period, mark, (blob, metadata) => PutAsync(blob, manifest.ToUtf8(), metadata, new BlobRequestConditions { IfMatch = claim }, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (exception is not IOException && AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"the snapshot of {period} could not be put in place");
        }
    }

    /// <summary>Removes a version that nobody will name.</summary>
    internal Task RemoveAsync(Period period, int version) => RemoveAsync(period, one => one == version, CancellationToken.None);

    private async Task<ISnapshotDraft> BeginAsync(Period period, WorkLease alone, CancellationToken cancellationToken)
    {
        var (before, etag) = await MarkOfAsync(period, cancellationToken);
        var claimed = before with { Claimed = before.Claimed + 1 };
        var claim = await WriteAsync(
            period,
            claimed,
            async (blob, metadata) => etag is { } seen
                ? (await blob.SetMetadataAsync(metadata, new BlobRequestConditions { IfMatch = seen }, cancellationToken)).Value.ETag
                : await PutAsync(blob, [], metadata, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken),
            cancellationToken);

        // What earlier drafts left can be completed by nobody any more.
        if (before.Claimed > before.Version)
        {
            await RemoveAsync(period, version => version > before.Version && version < claimed.Claimed, cancellationToken);
        }

        return new BlobSnapshotDraft(this, period, claimed.Claimed, claim, alone);
    }

    /// <summary>Writes the manifest, or its metadata. A write that was repeated because its answer was lost meets itself.</summary>
    private async Task<ETag> WriteAsync(Period period, SnapshotMark mark, Func<BlobClient, IDictionary<string, string>, Task<ETag>> write, CancellationToken cancellationToken)
    {
        var (blob, id) = (Manifest(period), Guid.NewGuid().ToString("n"));
        try
        {
            return await write(blob, mark.ToMetadata(id));
        }
        catch (RequestFailedException failure) when (failure.IsConflict())
        {
            var stored = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return SnapshotMark.IsOf(stored.Metadata, id) ? stored.ETag : throw new IOException($"the snapshot of {period} is being written by somebody else", failure);
        }
    }

    private async Task<(SnapshotMark Mark, ETag? ETag)> MarkOfAsync(Period period, CancellationToken cancellationToken)
    {
        try
        {
            var stored = (await Manifest(period).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return (SnapshotMark.FromMetadata(stored.Metadata), stored.ETag);
        }
        catch (RequestFailedException failure) when (failure.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            return (new SnapshotMark(0, 0, 0, 0), null);
        }
    }

    private async Task<List<(Period Period, SnapshotMark Mark, ETag ETag)>> ListAsync(PeriodKind kind, CancellationToken cancellationToken)
    {
        var folder = $"manifests/{kind.Name()}/";
        var found = new List<(Period, SnapshotMark, ETag)>();
        try
        {
            await foreach (var blob in _container.GetBlobsAsync(BlobTraits.Metadata, BlobStates.None, folder, cancellationToken))
            {
                if (blob.Name.EndsWith(Ending, StringComparison.Ordinal) && Period.Find(kind, blob.Name[folder.Length..^Ending.Length]) is { } period)
                {
                    found.Add((period, SnapshotMark.FromMetadata(blob.Metadata), blob.Properties.ETag!.Value));
                }
            }
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"the snapshots by {kind.Name()} could not be listed");
        }

        return found;
    }

    /// <summary>Removes versions of a period; answers how many there were.</summary>
    private async Task<int> RemoveAsync(Period period, Func<int, bool> which, CancellationToken cancellationToken)
    {
        var versions = new HashSet<int>();
        var folder = FolderOf(period);
        try
        {
            await foreach (var blob in _container.GetBlobsAsync(BlobTraits.None, BlobStates.None, folder, cancellationToken))
            {
                if (VersionOf(blob.Name[folder.Length..]) is { } version && which(version))
                {
                    await _container.DeleteBlobIfExistsAsync(blob.Name, cancellationToken: cancellationToken);
                    versions.Add(version);
                }
            }
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"old files of the snapshot of {period} could not be removed");
        }

        return versions.Count;
    }

    private BlobClient Manifest(Period period) => _container.GetBlobClient($"manifests/{period.Kind.Name()}/{period.Name}{Ending}");

    private static async Task<ETag> PutAsync(BlobClient blob, byte[] bytes, IDictionary<string, string> metadata, BlobRequestConditions conditions, CancellationToken cancellationToken) =>
        (await blob.UploadAsync(BinaryData.FromBytes(bytes), new BlobUploadOptions { Conditions = conditions, Metadata = metadata, TransferOptions = BlobLakeSink.AtOnce }, cancellationToken)).Value.ETag;

    private static string FolderOf(Period period) => $"files/{period.Kind.Name()}/{period.Name}/";

    private static int? VersionOf(string name) =>
        name is ['v', .. var rest] && rest.IndexOf('/', StringComparison.Ordinal) is > 0 and var slash
        && int.TryParse(rest[..slash], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;
}
