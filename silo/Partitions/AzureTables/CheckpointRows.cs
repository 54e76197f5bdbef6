using Azure;
using Azure.Data.Tables;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>The rows of checkpoints, and the transactions on them. Failures of the service come out as they are.</summary>
/// <param name="table">The table.</param>
internal sealed class CheckpointRows(TableClient table)
{
    /// <summary>The header; null if there is none.</summary>
    public async Task<StoredHeader?> HeaderAsync(int partition, CancellationToken cancellationToken)
    {
        var row = await table.GetEntityIfExistsAsync<TableEntity>(TableKeys.OfPartition(partition), CheckpointIndex.HeaderKey, cancellationToken: cancellationToken);
        return row.HasValue
            ? new StoredHeader(CheckpointIndex.FromBytes(row.Value!.Get() ?? throw new DamagedFormatException("its header has no value")), TableKeys.Text(row.Value!.ETag))
            : null;
    }

    /// <summary>All rows of parts, those that no header names included.</summary>
    public async Task<Dictionary<string, byte[]>> PartsAsync(int partition, CancellationToken cancellationToken)
    {
        var rows = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await foreach (var row in table.QueryAsync<TableEntity>(Filter(partition), cancellationToken: cancellationToken))
        {
            rows[row.RowKey] = row.Get() ?? [];
        }

        return rows;
    }

    /// <summary>The keys of all rows of parts.</summary>
    public async Task<List<string>> KeysAsync(int partition, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        await foreach (var row in table.QueryAsync<TableEntity>(Filter(partition), select: [nameof(ITableEntity.RowKey)], cancellationToken: cancellationToken))
        {
            keys.Add(row.RowKey);
        }

        return keys;
    }

    /// <summary>Replaces the header under its ETag, and puts and deletes rows with it, in one transaction; null if the header has another ETag.</summary>
    public async Task<StoredHeader?> CommitAsync(
        int partition, StoredHeader? before, CheckpointIndex index, IReadOnlyList<(string Key, byte[] Value)> puts, IReadOnlyList<string> deletes, CancellationToken cancellationToken)
    {
        var key = TableKeys.OfPartition(partition);
        var write = new TableWrite(key, CheckpointIndex.HeaderKey, before is null ? null : TableKeys.ETagOf(before.ETag)) { Value = index.ToBytes() };
        var operations = puts.Select(put => Put(key, put))
            .Concat(deletes.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(key, row), ETag.All)))
            .Prepend(write.ToAction());
        try
        {
            var answers = (await table.SubmitTransactionAsync(operations, cancellationToken)).Value;
            return new StoredHeader(index, TableKeys.Text(answers[0].Headers.ETag!.Value));
        }
        catch (TableTransactionFailedException failure) when (failure.IsConflict())
        {
            // Repeated after it had happened and its answer was lost, it meets itself.
            var row = await table.GetEntityIfExistsAsync<TableEntity>(key, CheckpointIndex.HeaderKey, [TableValue.WriteProperty], cancellationToken);
            var etag = row.HasValue ? TableKeys.Text(row.Value!.ETag) : null;
            if (etag is not null && row.Value!.GetGuid(TableValue.WriteProperty) == write.Id)
            {
                return new StoredHeader(index, etag);
            }

            if (etag == before?.ETag)
            {
                // The header is as expected: it was something else.
                throw;
            }

            return null;
        }
    }

    /// <summary>Puts rows that nothing names yet, in as few transactions as they fit into.</summary>
    public async Task PutAsync(int partition, IReadOnlyList<(string Key, byte[] Value)> puts, CancellationToken cancellationToken)
    {
        var key = TableKeys.OfPartition(partition);
        var (group, bytes) = (new List<TableTransactionAction>(), 0);
        foreach (var put in puts)
        {
            var size = TableValue.SizeInTransaction(put.Value.Length);
            if (group.Count == TableCommitter.MaxOperations || (group.Count > 0 && bytes + size > TableCommitter.MaxBytes))
            {
                await table.SubmitTransactionAsync(group, cancellationToken);
                (group, bytes) = ([], 0);
            }

            group.Add(Put(key, put));
            bytes += size;
        }

        if (group.Count > 0)
        {
            await table.SubmitTransactionAsync(group, cancellationToken);
        }
    }

    /// <summary>Deletes rows, those that are gone already passed over.</summary>
    public Task DeleteAsync(int partition, IReadOnlyCollection<string> keys) => TableDeletion.RunAsync(table, TableKeys.OfPartition(partition), keys, CancellationToken.None);

    private static TableTransactionAction Put(string partitionKey, (string Key, byte[] Value) put) =>
        new(TableTransactionActionType.UpsertReplace, new TableEntity(partitionKey, put.Key).Set(put.Value));

    private static string Filter(int partition) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {TableKeys.OfPartition(partition)} and RowKey ge {CheckpointIndex.PartPrefix} and RowKey lt {CheckpointIndex.PartEnd}");
}
