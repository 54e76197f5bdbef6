using System.Globalization;
using System.Security.Cryptography;
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
    private readonly BlobContainerClient _container = connection.Container("lake");
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
            var manifests = await ReadManifestsAsync(cancellationToken);
            var files = LakeManifest.FilesOf([.. manifests.Values.Select(one => one.Manifest)]);
            var bytes = files.Sum(file => file.Bytes);
            if (bytes > options.Value.LakeCacheBytes)
            {
                throw new LakeTooLargeException(string.Create(
                    CultureInfo.InvariantCulture, $"The lake has {bytes:N0} bytes, and Azure:LakeCacheBytes lets {options.Value.LakeCacheBytes:N0} be kept here for questions. Raise it, or ask the lake in its container."));
            }

            foreach (var file in files.Where(file => !IsHere(file)))
            {
                await FetchAsync(file, cancellationToken);
            }

            PutManifests(manifests);
            Forget(files);
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

    /// <summary>All manifests; only those that have changed are fetched.</summary>
    private async Task<Dictionary<string, (string ETag, LakeManifest Manifest)>> ReadManifestsAsync(CancellationToken cancellationToken)
    {
        var manifests = new Dictionary<string, (string, LakeManifest)>(StringComparer.Ordinal);
        await foreach (var blob in _container.GetBlobsAsync(BlobTraits.None, BlobStates.None, BlobLakeSink.Manifests, cancellationToken))
        {
            var source = Path.GetFileNameWithoutExtension(blob.Name);
            if (_known.TryGetValue(source, out var known) && known.ETag == Text(blob.Properties.ETag))
            {
                manifests[source] = known;
                continue;
            }

            var stored = (await _container.GetBlobClient(blob.Name).DownloadContentAsync(cancellationToken)).Value;
            manifests[source] = (Text(stored.Details.ETag), LakeManifest.FromUtf8(stored.Content.ToMemory().Span));
        }

        return manifests;
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

    private async Task FetchAsync(LakeFile file, CancellationToken cancellationToken)
    {
        BlobDownloadStreamingResult found;
        try
        {
            found = (await _container.GetBlobClient(BlobLakeSink.Events + file.Path).DownloadStreamingAsync(cancellationToken: cancellationToken)).Value;
        }
        catch (RequestFailedException failure) when (failure.ErrorCode == BlobErrorCode.BlobNotFound)
        {
            throw new IOException($"the lake's manifests name {file.Path}, and it is not there", failure);
        }

        using (found)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.PathOf(file))!);
            using var local = new DurableFile(folder.PathOf(file));
            await found.Content.CopyToAsync(local.Stream, cancellationToken);
            local.Stream.Position = 0;
            var checksum = Convert.ToHexStringLower(await SHA256.HashDataAsync(local.Stream, cancellationToken));
            if (local.Stream.Length != file.Bytes || (found.Details.Metadata.TryGetValue(BlobLakeSink.Checksum, out var told) && told != checksum))
            {
                throw new IOException($"the lake's file {file.Path} is damaged: it has {local.Stream.Length} bytes instead of {file.Bytes}, or another checksum");
            }

            local.Complete();
        }
    }

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
