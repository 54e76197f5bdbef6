using System.Globalization;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Options;
using OrleansAnalytics.AzureStorage;

namespace OrleansAnalytics.Lake;

/// <summary>
/// Brings the files of a lake in blobs to a folder of this machine, where questions read them: exactly those that the manifests name, and the manifests last, so a reader of
/// the folder never misses one. Files never change, so each is fetched once. What has left the lake stays for a while, for questions that began before. Safe for
/// concurrent use; one process to a folder.
/// </summary>
/// <param name="connection">The account.</param>
/// <param name="folder">The folder; nothing else may write there.</param>
/// <param name="options">How large it may be, and how long a file stays.</param>
/// <param name="time">The clock.</param>
public sealed class BlobLakeMirror(AzureConnection connection, LakeFolder folder, IOptions<AzureOptions> options, TimeProvider time) : IDisposable
{
    private const int MaxTries = 3;
    private const int MaxReadings = 10;

    private readonly BlobContainerClient _container = connection.Container("lake");
    private readonly BlobLakeFiles _files = new(connection.Container("lake"));
    private readonly SemaphoreSlim _one = new(1);

    // The manifests that are in the folder, by source, with the ETag under which each was read.
    private Dictionary<string, (string ETag, LakeManifest Manifest)> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _leftAt = new(StringComparer.Ordinal);
    private bool _isClean;

    /// <summary>Where the files are.</summary>
    public LakeFolder Folder => folder;

    /// <summary>Makes the folder what the manifests name now.</summary>
    /// <exception cref="LakeTooLargeException">The lake is larger than the folder may be; the folder is as it was.</exception>
    /// <exception cref="IOException">The service does not answer, a file is missing or damaged, or the disk is full; the folder can be asked as it was.</exception>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            Clean();
            for (var tries = 1; !await TryRefreshAsync(tries == MaxTries, cancellationToken); tries++)
            {
                // Compaction has replaced and removed a file while the others were fetched: the manifests say otherwise by now.
            }
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken) && exception is not LakeTooLargeException)
        {
            throw AzureFailure.Explain(exception, "the lake could not be read");
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    /// <summary>False if a file was missing, unless it is the last try.</summary>
    private async Task<bool> TryRefreshAsync(bool isLast, CancellationToken cancellationToken)
    {
        var manifests = await ReadManifestsAsync(cancellationToken);
        var files = LakeManifest.FilesOf([.. manifests.Values.Select(one => one.Manifest)]);
        var bytes = files.Sum(file => file.Bytes);
        if (bytes > options.Value.LakeCacheBytes)
        {
            throw new LakeTooLargeException(string.Create(
                CultureInfo.InvariantCulture, $"The lake has {bytes:N0} bytes, and Azure:LakeCacheBytes lets {options.Value.LakeCacheBytes:N0} be kept here for questions. Raise it, or ask the lake in its container."));
        }

        try
        {
            foreach (var file in files.Where(file => !IsHere(file)))
            {
                await _files.FetchAsync(file, folder.PathOf(file), cancellationToken);
            }
        }
        catch (LakeFileMissingException) when (!isLast)
        {
            return false;
        }

        // Compaction moves events from one manifest to another: whoever reads some of before and some of now would miss events, or see them twice.
        folder.ChangeTogether(() => PutManifests(manifests));
        Forget(files);
        return true;
    }

    // What another run of this program left half done.
    private void Clean()
    {
        if (_isClean)
        {
            return;
        }

        if (Directory.Exists(folder.Root))
        {
            foreach (var hidden in Directory.EnumerateFiles(folder.Root, ".*.tmp", SearchOption.AllDirectories))
            {
                File.Delete(hidden);
            }
        }

        _isClean = true;
    }

    /// <summary>All manifests as they were at one moment; only those that have changed are fetched.</summary>
    private async Task<Dictionary<string, (string ETag, LakeManifest Manifest)>> ReadManifestsAsync(CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaxReadings; tries++)
        {
            if (await TryReadManifestsAsync(cancellationToken) is (var manifests, AreOfOneMoment: true))
            {
                return manifests;
            }
        }

        // No answer is better than one that counts an event twice.
        throw new IOException("the lake's manifests change faster than they can be read; ask again");
    }

    /// <summary>False if one was replaced after it was listed: what it says may not go with what the others said then.</summary>
    private async Task<(Dictionary<string, (string ETag, LakeManifest Manifest)> Manifests, bool AreOfOneMoment)> TryReadManifestsAsync(CancellationToken cancellationToken)
    {
        var (manifests, areOfOneMoment) = (new Dictionary<string, (string, LakeManifest)>(StringComparer.Ordinal), true);
        await foreach (var blob in _container.GetBlobsAsync(BlobTraits.None, BlobStates.None, BlobLakeSink.Manifests, cancellationToken))
        {
            var source = Path.GetFileNameWithoutExtension(blob.Name);
            var listed = Text(blob.Properties.ETag);
            if (_known.TryGetValue(source, out var known) && known.ETag == listed)
            {
                manifests[source] = known;
                continue;
            }

            var stored = (await _container.GetBlobClient(blob.Name).DownloadContentAsync(cancellationToken)).Value;
            manifests[source] = (Text(stored.Details.ETag), LakeManifest.FromUtf8(stored.Content.ToMemory().Span));
            areOfOneMoment &= manifests[source].Item1 == listed;
        }

        return (manifests, areOfOneMoment);
    }

    private void PutManifests(Dictionary<string, (string ETag, LakeManifest Manifest)> manifests)
    {
        Directory.CreateDirectory(folder.Manifests);
        foreach (var (source, one) in manifests)
        {
            if (!_known.TryGetValue(source, out var known) || known.ETag != one.ETag || !File.Exists(folder.PathOfManifest(source)))
            {
                using var file = new DurableFile(folder.PathOfManifest(source));
                file.Stream.Write(one.Manifest.ToUtf8());
                file.Complete();
            }
        }

        foreach (var file in Directory.EnumerateFiles(folder.Manifests, "*.json").Where(file => !manifests.ContainsKey(Path.GetFileNameWithoutExtension(file))).ToList())
        {
            File.Delete(file);
        }

        _known = manifests;
    }

    // Listings tell an ETag without the quotation marks that a download has.
    private static string Text(ETag? etag) => etag?.ToString().Trim('"') ?? "";

    private bool IsHere(LakeFile file) => new FileInfo(folder.PathOf(file)) is { Exists: true } here && here.Length == file.Bytes;

    /// <summary>Removes files that left the lake long enough ago.</summary>
    private void Forget(IReadOnlyList<LakeFile> files)
    {
        if (!Directory.Exists(folder.Events))
        {
            return;
        }

        var named = files.Select(folder.PathOf).ToHashSet(StringComparer.Ordinal);
        var now = time.GetUtcNow();
        foreach (var file in Directory.EnumerateFiles(folder.Events, "*.parquet", SearchOption.AllDirectories).ToList())
        {
            if (named.Contains(file))
            {
                _leftAt.Remove(file);
            }
            else if (!_leftAt.TryGetValue(file, out var since))
            {
                _leftAt[file] = now;
            }
            else if (since + options.Value.LakeCacheKeep <= now)
            {
                File.Delete(file);
                _leftAt.Remove(file);
            }
        }
    }
}

/// <summary>The lake is larger than what may be kept on this machine.</summary>
public sealed class LakeTooLargeException(string message) : IOException(message);
