using System.Collections.Concurrent;
using Azure.Data.Tables;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// Dead letters in an Azure table. What was removed leaves a row of its own, so that a partition that puts the letter again while it is being removed cannot bring it back.
/// Every method throws an <see cref="IOException"/> if the service does not answer, or refuses.
/// </summary>
/// <param name="connection">The account; the table must be there.</param>
public sealed class AzureDeadLetterStore(AzureConnection connection) : IDeadLetterStore
{
    private const int MaxTrims = 10;

    private readonly DeadLetterRows _rows = new(connection.Table("deadletters"));

    // Partitions in which nothing is to be done until this process changes them again, with the number of changes that they had then.
    private readonly ConcurrentDictionary<int, (long Changes, DeadLetterTotals Totals)> _settled = new();
    private readonly ConcurrentDictionary<int, long> _changes = new();

    /// <inheritdoc/>
    public async ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default)
    {
        // A transaction has each row once; of two letters with one key the later one counts.
        var rows = letters.GroupBy(letter => letter.Key).Select(same => DeadLetterRows.RowOf(same.Last())).ToList();
        await ExplainedAsync(
            "dead letters could not be written",
            async () =>
            {
                await _rows.PutAsync(rows, cancellationToken);
                return 0;
            },
            cancellationToken);
        Changed(letters.Select(letter => letter.Partition));
    }

    /// <inheritdoc/>
    /// <remarks>A stored letter that cannot be read is listed by its key, as damaged: one bad record must not hide the others.</remarks>
    public async ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default) =>
        await ExplainedAsync(
            "dead letters could not be read",
            async () =>
            {
                var found = new List<DeadLetter>();
                if (query.Limit < 1)
                {
                    return found;
                }

                await foreach (var letter in _rows.LettersAsync(query, cancellationToken))
                {
                    found.Add(letter);
                    if (found.Count == query.Limit)
                    {
                        break;
                    }
                }

                return found;
            },
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<DeadLetter?> FindAsync(DeadLetterKey key, CancellationToken cancellationToken = default) =>
        await ExplainedAsync("a dead letter could not be read", () => _rows.FindAsync(key, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> RemoveAsync(IReadOnlyList<DeadLetterKey> keys, CancellationToken cancellationToken = default)
    {
        var removed = await ExplainedAsync(
            "dead letters could not be removed",
            async () =>
            {
                var rows = new List<TableEntity>();
                foreach (var key in keys.Distinct())
                {
                    if (await _rows.FindAsync(key, cancellationToken) is { } letter)
                    {
                        rows.Add(DeadLetterRows.MarkOf(key));
                        rows.Add(letter.Reason == RejectReason.Poison ? DeadLetterRows.RowOf(letter with { Raw = default }) : DeadLetterRows.StubOf(key));
                    }
                }

                await _rows.PutAsync(rows, cancellationToken);
                return rows.Count / 2;
            },
            cancellationToken);
        Changed(keys.Select(key => key.Partition));
        return removed;
    }

    /// <inheritdoc/>
    public async ValueTask<DeadLetterTotals> TrimAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken = default)
    {
        var changes = _changes.GetValueOrDefault(partition);
        if (bounds.ReceivedBeforeMs is null && _settled.TryGetValue(partition, out var settled) && settled.Changes == changes)
        {
            return settled.Totals;
        }

        return await ExplainedAsync(
            "dead letters could not be swept",
            async () =>
            {
                for (var trim = 0; trim < MaxTrims; trim++)
                {
                    var plan = await _rows.PlanAsync(partition, safeThrough, bounds, cancellationToken);
                    if (await _rows.TrimAsync(partition, plan, cancellationToken) is not { } totals)
                    {
                        // Another node sweeps too; what it left is looked at again.
                        continue;
                    }

                    if (!plan.MarksLeft && totals.Kept <= bounds.Letters && totals.Bytes <= bounds.Bytes)
                    {
                        _settled[partition] = (changes, totals);
                    }

                    return totals;
                }

                throw new IOException($"dead letters of partition {partition} are being swept by others");
            },
            cancellationToken);
    }

    private static async Task<T> ExplainedAsync<T>(string what, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await work();
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, what);
        }
    }

    private void Changed(IEnumerable<int> partitions)
    {
        foreach (var partition in partitions.Distinct())
        {
            _changes.AddOrUpdate(partition, 1, (_, changes) => changes + 1);
        }
    }
}
