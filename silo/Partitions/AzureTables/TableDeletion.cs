using Azure;
using Azure.Data.Tables;

namespace OrleansAnalytics.Partitions;

/// <summary>Deletes rows of one partition of a table, in as few transactions as possible.</summary>
internal static class TableDeletion
{
    /// <summary>Deletes the rows; one that is gone already is passed over.</summary>
    /// <exception cref="RequestFailedException">Some of them may still be there.</exception>
    public static async Task RunAsync(TableClient table, string partitionKey, IReadOnlyCollection<string> rowKeys, CancellationToken cancellationToken)
    {
        foreach (var chunk in rowKeys.Chunk(TableCommitter.MaxOperations))
        {
            var left = chunk.ToList();
            while (left.Count > 0)
            {
                try
                {
                    await table.SubmitTransactionAsync(left.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partitionKey, row), ETag.All)), cancellationToken);
                    break;
                }
                catch (TableTransactionFailedException failure) when (failure.Status == 404 && failure.FailedTransactionActionIndex is { } gone && gone < left.Count)
                {
                    left.RemoveAt(gone);
                }
            }
        }
    }
}
