using Azure;
using Azure.Data.Tables;

namespace OrleansAnalytics.Partitions;

/// <summary>One write of one row under its ETag, on its way through the group commit.</summary>
/// <param name="partitionKey">The table's partition.</param>
/// <param name="rowKey">The row.</param>
/// <param name="expected">The ETag that the row must have; null if there must be no row.</param>
internal sealed class TableWrite(string partitionKey, string rowKey, ETag? expected)
{
    private readonly TaskCompletionSource<string?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The row's key.</summary>
    public string RowKey => rowKey;

    /// <summary>The ETag that the row must have; null if there must be no row.</summary>
    public ETag? Expected => expected;

    /// <summary>What is stored; null removes the row.</summary>
    public byte[]? Value { get; init; }

    /// <summary>The blob that holds what is too large for a row; <see cref="Value"/> is empty then.</summary>
    public string? Blob { get; init; }

    /// <summary>Tells this write from all others.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>About its bytes in a transaction.</summary>
    public int Size => TableValue.SizeInTransaction(Value?.Length ?? 0);

    /// <summary>Completes with the new ETag, null after a removal; fails with <see cref="TableConflictException"/> if the row has another ETag.</summary>
    public Task<string?> Done => _done.Task;

    /// <summary>The operation of a transaction.</summary>
    public TableTransactionAction ToAction()
    {
        if (Value is null)
        {
            return new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(partitionKey, rowKey), expected ?? default);
        }

        var row = new TableEntity(partitionKey, rowKey) { [TableValue.WriteProperty] = Id };
        if (Blob is not null)
        {
            row[TableValue.BlobProperty] = Blob;
        }

        row.Set(Value);
        return expected is { } etag
            ? new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, etag)
            : new TableTransactionAction(TableTransactionActionType.Add, row);
    }

    public void Succeed(string? etag) => _done.TrySetResult(etag);

    public void Fail(Exception exception) => _done.TrySetException(exception);
}

/// <summary>A row has another ETag than the writer expected; null stands for no row.</summary>
internal sealed class TableConflictException(string? stored, string? expected) : Exception($"stored ETag {stored ?? "none"}, expected {expected ?? "none"}")
{
    public string? Stored => stored;

    public string? Expected => expected;
}
