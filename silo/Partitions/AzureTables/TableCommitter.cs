using System.Threading.Channels;
using Azure;
using Azure.Data.Tables;
using OrleansAnalytics.AzureStorage;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Group commit for one partition of a table: what waits while a transaction is under way goes into the next one, so no delay is ever waited for. A write whose
/// condition does not hold fails alone, and the rest of its group is sent again.
/// </summary>
internal sealed class TableCommitter : IAsyncDisposable
{
    /// <summary>The most operations of a transaction.</summary>
    public const int MaxOperations = 100;

    /// <summary>The most bytes of a transaction, as <see cref="TableValue.SizeInTransaction"/> counts them; the service takes 4 MiB.</summary>
    public const int MaxBytes = 3_800_000;

    private readonly TableClient _table;
    private readonly string _partitionKey;
    private readonly Channel<TableWrite> _queue;
    private readonly Task _work;
    private readonly List<TableWrite> _group = [];
    private readonly HashSet<string> _rows = new(StringComparer.Ordinal);
    private TableWrite? _heldOver;
    private long _transactions;

    /// <summary>Begins to wait for writes.</summary>
    /// <param name="table">The table.</param>
    /// <param name="partitionKey">Its partition.</param>
    /// <param name="maxQueued">Writes that may wait; further ones wait in <see cref="WriteAsync"/>.</param>
    public TableCommitter(TableClient table, string partitionKey, int maxQueued)
    {
        (_table, _partitionKey) = (table, partitionKey);
        _queue = Channel.CreateBounded<TableWrite>(new BoundedChannelOptions(maxQueued) { SingleReader = true });
        _work = Task.Run(RunAsync);
    }

    /// <summary>Transactions sent so far, those that failed included.</summary>
    public long Transactions => Volatile.Read(ref _transactions);

    /// <summary>Queues a write; answers its new ETag when it is durable.</summary>
    /// <exception cref="TableConflictException">The row has another ETag.</exception>
    /// <exception cref="IOException">It may or may not have happened.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public async Task<string?> WriteAsync(TableWrite write)
    {
        try
        {
            await _queue.Writer.WriteAsync(write);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(_table.Name, "the state store is closed");
        }

        return await write.Done;
    }

    /// <summary>Takes no more writes and finishes those that wait.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _work;
    }

    private async Task RunAsync()
    {
        while (_heldOver is not null || await _queue.Reader.WaitToReadAsync())
        {
            Gather();
            try
            {
                await CommitAsync();
            }
            catch (Exception exception)
            {
                // Whatever it is, nobody may wait for ever.
                var told = AzureFailure.IsOfStorage(exception) ? AzureFailure.Explain(exception, $"the table {_table.Name} could not be written") : exception;
                _group.ForEach(write => write.Fail(told));
            }
        }
    }

    private void Gather()
    {
        _group.Clear();
        _rows.Clear();
        var bytes = 0;
        while (_group.Count < MaxOperations)
        {
            var write = _heldOver;
            _heldOver = null;
            if (write is null && !_queue.Reader.TryRead(out write))
            {
                return;
            }

            bytes += write.Size;

            // A transaction has each row once: the second write of one must see what became of the first.
            if (_group.Count > 0 && (bytes > MaxBytes || !_rows.Add(write.RowKey)))
            {
                _heldOver = write;
                return;
            }

            _rows.Add(write.RowKey);
            _group.Add(write);
        }
    }

    private async Task CommitAsync()
    {
        while (_group.Count > 0)
        {
            try
            {
                Interlocked.Increment(ref _transactions);
                var answers = (await _table.SubmitTransactionAsync(_group.Select(write => write.ToAction()))).Value;
                for (var i = 0; i < _group.Count; i++)
                {
                    _group[i].Succeed(_group[i].Value is null ? null : ETagOf(answers[i]));
                }

                return;
            }
            catch (TableTransactionFailedException failure) when (failure.IsConflict() || IsOfOne(failure))
            {
                // The service names the operation that failed; nothing of the transaction has happened.
                var write = _group[Math.Clamp(failure.FailedTransactionActionIndex ?? 0, 0, _group.Count - 1)];
                if (!failure.IsConflict())
                {
                    write.Fail(AzureFailure.Explain(failure, $"the row {write.RowKey} of the table {_table.Name} could not be written"));
                }
                else if (await RefuseAsync(write))
                {
                    return;
                }

                _group.Remove(write);
            }
        }
    }

    // What is wrong with one row is told of that row.
    private static bool IsOfOne(TableTransactionFailedException failure) => failure.Status is 400 or 413 && failure.FailedTransactionActionIndex is not null;

    /// <summary>
    /// A write met another ETag. If the row has this very write, the transaction had happened, only its answer was lost and it was repeated: true, and all of the group
    /// is answered. Else this one has lost.
    /// </summary>
    private async Task<bool> RefuseAsync(TableWrite write)
    {
        var (etag, id) = await StoredAsync(write);
        if (id != write.Id)
        {
            write.Fail(Conflict(write, etag));
            return false;
        }

        foreach (var one in _group)
        {
            var (now, by) = one == write ? (etag, id) : await StoredAsync(one);
            if (by == one.Id || (one.Value is null && now is null))
            {
                one.Succeed(now);
            }
            else
            {
                // It was written, and by somebody else since.
                one.Fail(Conflict(one, now));
            }
        }

        return true;
    }

    private async Task<(string? ETag, Guid? Id)> StoredAsync(TableWrite write)
    {
        var stored = await _table.GetEntityIfExistsAsync<TableEntity>(_partitionKey, write.RowKey, [TableValue.WriteProperty]);
        return stored.HasValue ? (TableKeys.Text(stored.Value!.ETag), stored.Value.GetGuid(TableValue.WriteProperty)) : (null, null);
    }

    private static TableConflictException Conflict(TableWrite write, string? stored) => new(stored, write.Expected is { } expected ? TableKeys.Text(expected) : null);

    private static string ETagOf(Response answer) => TableKeys.Text(answer.Headers.ETag ?? throw new InvalidOperationException("a written row has no ETag"));
}
