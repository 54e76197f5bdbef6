using System.Collections.Concurrent;
using Azure.Data.Tables;
using Microsoft.Extensions.Options;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Rows of entities in an Azure table, in <see cref="TableKeys.Buckets"/> partitions with a group commit each. Disposing finishes what is queued; afterwards every write
/// throws <see cref="ObjectDisposedException"/>. Safe for concurrent use.
/// </summary>
public sealed class AzureTableStateStore : IAsyncDisposable, IDisposable
{
    private const int MaxReads = 10;

    private readonly TableClient _table;
    private readonly SpilledValues _spilled;
    private readonly TableCommitter[] _committers;

    // Rows whose value is in a blob, as this process has read or written them: a write must know which blob it replaces. Large entities only.
    private readonly ConcurrentDictionary<string, string> _blobs = new(StringComparer.Ordinal);

    /// <summary>A store over the account; the table and the container must be there.</summary>
    public AzureTableStateStore(AzureConnection connection, IOptions<AzureOptions> options)
    {
        _table = connection.Table("entities");
        _spilled = new SpilledValues(connection.Container("state"), _table);
        var queued = options.Value.MaxQueuedWrites / TableKeys.Buckets;
        _committers = [.. Enumerable.Range(0, TableKeys.Buckets).Select(bucket => new TableCommitter(_table, TableKeys.OfBucket(bucket), queued))];
    }

    /// <summary>Transactions sent so far, those that failed included.</summary>
    internal long Transactions => _committers.Sum(committer => committer.Transactions);

    /// <summary>Where large values are.</summary>
    internal SpilledValues Spilled => _spilled;

    /// <summary>The stored value and its ETag; null if there is none.</summary>
    /// <exception cref="DamagedFormatException">It cannot be read.</exception>
    /// <exception cref="IOException">The service does not answer, or refuses.</exception>
    internal async Task<(byte[] Value, string ETag)?> ReadAsync(byte[] key)
    {
        var rowKey = TableKeys.Escape(key);
        try
        {
            for (var read = 0; read < MaxReads; read++)
            {
                var row = await _table.GetEntityIfExistsAsync<TableEntity>(TableKeys.OfBucket(TableKeys.BucketOf(key)), rowKey);
                if (!row.HasValue)
                {
                    return null;
                }

                var etag = TableKeys.Text(row.Value!.ETag);
                if (row.Value.GetString(TableValue.BlobProperty) is not { } blob)
                {
                    return (row.Value.Get() ?? throw new DamagedFormatException($"the row {rowKey} has no value"), etag);
                }

                if (await _spilled.GetAsync(blob) is { } value)
                {
                    _blobs[rowKey] = blob;
                    return (value, etag);
                }

                // The row names another blob by now, or it is damaged: the next look tells.
            }
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception))
        {
            throw AzureFailure.Explain(exception, "the state of an entity could not be read");
        }

        throw new DamagedFormatException($"the row {rowKey} names a blob that is not there");
    }

    /// <summary>Writes a value (or removes it, if it is null) under its ETag; answers the new one.</summary>
    /// <param name="key">The entity's key.</param>
    /// <param name="etag">The ETag that is stored; null if nothing is.</param>
    /// <param name="value">What is stored then; kept until it is durable.</param>
    /// <exception cref="TableConflictException">Another ETag is stored.</exception>
    /// <exception cref="IOException">It may or may not be stored.</exception>
    internal Task<string?> WriteAsync(byte[] key, string? etag, byte[]? value)
    {
        var expected = etag is null ? null : TableKeys.ETagOf(etag);
        if (etag is not null && expected is null)
        {
            return Task.FromException<string?>(new TableConflictException("another", etag));
        }

        var bucket = TableKeys.BucketOf(key);
        var rowKey = TableKeys.Escape(key);
        return value?.Length > TableValue.MaxBytes || _blobs.ContainsKey(rowKey)
            ? WriteLargeAsync(bucket, rowKey, expected, value)
            : _committers[bucket].WriteAsync(new TableWrite(TableKeys.OfBucket(bucket), rowKey, expected) { Value = value });
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_committers.Select(committer => committer.DisposeAsync().AsTask()));

    private async Task<string?> WriteLargeAsync(int bucket, string rowKey, Azure.ETag? expected, byte[]? value)
    {
        var (partitionKey, before) = (TableKeys.OfBucket(bucket), _blobs.GetValueOrDefault(rowKey));
        string? blob = null;
        if (value?.Length > TableValue.MaxBytes)
        {
            try
            {
                blob = await _spilled.PutAsync(partitionKey, rowKey, value);
            }
            catch (Exception exception) when (AzureFailure.IsOfStorage(exception))
            {
                throw AzureFailure.Explain(exception, "the state of an entity could not be written");
            }
        }

        try
        {
            var etag = await _committers[bucket].WriteAsync(new TableWrite(partitionKey, rowKey, expected) { Value = blob is null ? value : [], Blob = blob });
            Remember(rowKey, blob);
            if (before is not null)
            {
                await _spilled.ForgetAsync(before);
            }

            return etag;
        }
        catch (TableConflictException) when (blob is not null)
        {
            await _spilled.ForgetAsync(blob);
            throw;
        }
    }

    private void Remember(string rowKey, string? blob)
    {
        if (blob is null)
        {
            _blobs.TryRemove(rowKey, out _);
        }
        else
        {
            _blobs[rowKey] = blob;
        }
    }
}
