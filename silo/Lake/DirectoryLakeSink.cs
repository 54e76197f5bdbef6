using System.Globalization;
using System.IO.Hashing;

namespace OrleansAnalytics.Lake;

/// <summary>
/// A lake in a folder of this machine. Each file is written beside its place, synced and moved, so a reader never sees half of one. Only one process may write to
/// the folder: manifests are compared and replaced under a lock of its own.
/// </summary>
/// <param name="folder">The lake.</param>
public sealed class DirectoryLakeSink(LakeFolder folder) : ILakeSink
{
    private readonly Lock _manifests = new();

    /// <inheritdoc/>
    public ValueTask<StoredLakeManifest?> ReadAsync(string source, CancellationToken cancellationToken = default)
    {
        var stored = Read(source);
        return new(stored is null ? null : new StoredLakeManifest(LakeManifest.FromUtf8(stored), ETag(stored)));
    }

    /// <inheritdoc/>
    public async ValueTask<string> WriteAsync(LakeManifest manifest, string? etag, CancellationToken cancellationToken = default)
    {
        var bytes = manifest.ToUtf8();

        // Syncing takes its time: not on the scheduler of the grain that calls.
        await Task.Run(() => Replace(manifest.Source, bytes, etag), cancellationToken);
        return ETag(bytes);
    }

    /// <inheritdoc/>
    public ILakeFileWriter Create(string path, int partition) => new FileWriter(Path.Combine(folder.Events, path.Replace('/', Path.DirectorySeparatorChar)), partition);

    /// <inheritdoc/>
    public async ValueTask<int> RemoveStraysAsync(string prefix, LakeManifest manifest, CancellationToken cancellationToken = default) =>
        await Task.Run(() => RemoveStrays(prefix, manifest), cancellationToken);

    private int RemoveStrays(string prefix, LakeManifest manifest)
    {
        if (!Directory.Exists(folder.Events))
        {
            return 0;
        }

        var named = manifest.Files.Select(folder.PathOf).ToHashSet(StringComparer.Ordinal);
        var strays = Directory.EnumerateFiles(folder.Events, prefix + "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(folder.Events, DurableFile.HiddenName(prefix) + "*", SearchOption.AllDirectories))
            .Where(file => !named.Contains(file))
            .ToList();
        strays.ForEach(File.Delete);
        return strays.Count;
    }

    private void Replace(string source, byte[] bytes, string? etag)
    {
        lock (_manifests)
        {
            var stored = Read(source);
            if ((stored is null ? null : ETag(stored)) != etag)
            {
                throw new LakeConflictException($"somebody else has written the lake's manifest of {source}");
            }

            DurableFile.Write(folder.PathOfManifest(source), bytes);
        }
    }

    private byte[]? Read(string source)
    {
        try
        {
            return File.ReadAllBytes(folder.PathOfManifest(source));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static string ETag(byte[] stored) => XxHash128.HashToUInt128(stored).ToString("x32", CultureInfo.InvariantCulture);

    private sealed class FileWriter(string path, int partition) : ILakeFileWriter
    {
        private readonly ParquetEvents _events = new(partition);

        public void Add(in Events.EncodedEvent encoded) => _events.Add(encoded);

        public async ValueTask<long> CompleteAsync(CancellationToken cancellationToken = default) =>

            // Encoding and syncing take their time: not on the scheduler of the grain that calls.
            await Task.Run(
                async () =>
                {
                    using var file = new DurableFile(path);
                    await _events.WriteAsync(file.Stream, cancellationToken);
                    var bytes = file.Stream.Length;
                    file.Complete();
                    return bytes;
                },
                cancellationToken);

        public ValueTask DisposeAsync()
        {
            _events.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
