using System.Globalization;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// The rows of dead letters: <c>l-</c>, position, entity for a letter (or what is left of it), <c>r-</c>, … for the mark that it was removed, <c>x</c> for how many have
/// expired. Failures of the service come out as they are.
/// </summary>
/// <param name="table">The table.</param>
internal sealed class DeadLetterRows(TableClient table)
{
    private const string Letter = "l-";
    private const string Mark = "r-";
    private const string Counter = "x";
    private const string Gone = "Gone";
    private const string RawBytes = "RawBytes";
    private const string ReceivedMs = "ReceivedMs";
    private const string Expired = "Expired";

    /// <summary>A letter as a row.</summary>
    public static TableEntity RowOf(DeadLetter letter) => new TableEntity(TableKeys.OfPartition(letter.Partition), Key(Letter, letter.Key))
    {
        [nameof(DeadLetter.Entity)] = letter.Entity,
        [nameof(DeadLetter.Reason)] = (int)letter.Reason,
        [ReceivedMs] = letter.ReceivedMs,
        [RawBytes] = letter.Raw.Length,
    }.Set(StoredDeadLetter.Encode(letter));

    /// <summary>What stands in the place of a letter whose text is gone: replacing never fails, unlike deleting what another has deleted.</summary>
    public static TableEntity StubOf(DeadLetterKey key) => new(TableKeys.OfPartition(key.Partition), Key(Letter, key)) { [Gone] = true };

    /// <summary>The mark that a letter was removed.</summary>
    public static TableEntity MarkOf(DeadLetterKey key) => new(TableKeys.OfPartition(key.Partition), Key(Mark, key));

    /// <summary>Puts rows, whatever is there. Two rows of which the first is a mark and the second its letter are never parted.</summary>
    public async Task PutAsync(IReadOnlyList<TableEntity> rows, CancellationToken cancellationToken)
    {
        foreach (var partition in rows.GroupBy(row => row.PartitionKey))
        {
            var (group, bytes) = (new List<TableTransactionAction>(), 0);
            foreach (var row in partition)
            {
                var size = TableValue.SizeInTransaction(row.Get()?.Length ?? 0);
                var isMark = row.RowKey.StartsWith(Mark, StringComparison.Ordinal);
                var follows = group.Count > 0 && group[^1].Entity.RowKey.StartsWith(Mark, StringComparison.Ordinal);
                if (group.Count > 0 && !follows && (group.Count + (isMark ? 2 : 1) > TableCommitter.MaxOperations || bytes + size > TableCommitter.MaxBytes))
                {
                    await table.SubmitTransactionAsync(group, cancellationToken);
                    (group, bytes) = ([], 0);
                }

                group.Add(new TableTransactionAction(TableTransactionActionType.UpsertReplace, row));
                bytes += size;
            }

            await table.SubmitTransactionAsync(group, cancellationToken);
        }
    }

    /// <summary>The letter; null if there is none, or it was removed.</summary>
    public async Task<DeadLetter?> FindAsync(DeadLetterKey key, CancellationToken cancellationToken)
    {
        var partition = TableKeys.OfPartition(key.Partition);
        if ((await table.GetEntityIfExistsAsync<TableEntity>(partition, Key(Mark, key), cancellationToken: cancellationToken)).HasValue)
        {
            return null;
        }

        var row = await table.GetEntityIfExistsAsync<TableEntity>(partition, Key(Letter, key), cancellationToken: cancellationToken);
        return row.HasValue ? LetterOf(row.Value!) : null;
    }

    /// <summary>The letters of a query in order, without end.</summary>
    public async IAsyncEnumerable<DeadLetter> LettersAsync(DeadLetterQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reason = query.Reason is { } one and not RejectReason.Damaged ? string.Create(CultureInfo.InvariantCulture, $" and {nameof(DeadLetter.Reason)} eq {(int)one}") : "";
        var position = new List<DeadLetter>();
        foreach (var (partitions, from) in Stretches(query))
        {
            var removed = query.IncludeRemoved ? [] : await MarksAsync(partitions, cancellationToken);
            await foreach (var row in table.QueryAsync<TableEntity>($"{partitions} and RowKey ge '{Letter}{from}' and RowKey lt 'l.'{reason}", cancellationToken: cancellationToken))
            {
                if (LetterOf(row) is not { } letter || removed.Contains((row.PartitionKey, row.RowKey[Letter.Length..])))
                {
                    continue;
                }

                if (position.Count > 0 && (position[0].Partition, position[0].Position) != (letter.Partition, letter.Position))
                {
                    foreach (var ready in InOrder(position, query))
                    {
                        yield return ready;
                    }

                    position.Clear();
                }

                position.Add(letter);
            }
        }

        foreach (var ready in InOrder(position, query))
        {
            yield return ready;
        }
    }

    /// <summary>What a sweep has to do.</summary>
    public async Task<Sweep> PlanAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken)
    {
        var of = $"PartitionKey eq '{TableKeys.OfPartition(partition)}'";
        var marks = (await MarksAsync(of, cancellationToken)).Select(mark => mark.Key).ToHashSet(StringComparer.Ordinal);
        var forgotten = marks.Where(key => PositionOf(key) <= safeThrough).ToHashSet(StringComparer.Ordinal);
        var (letters, traces) = (new List<(string Key, long Bytes, long ReceivedMs)>(), new List<string>());
        await foreach (var row in table.QueryAsync<TableEntity>(
            $"{of} and RowKey ge '{Letter}' and RowKey lt 'l.'", select: [nameof(ITableEntity.RowKey), RawBytes, ReceivedMs, Gone], cancellationToken: cancellationToken))
        {
            var key = row.RowKey[Letter.Length..];
            if (forgotten.Contains(key))
            {
                traces.Add(row.RowKey);
            }
            else if (!marks.Contains(key) && row.GetBoolean(Gone) != true)
            {
                letters.Add((key, row.GetInt32(RawBytes) ?? 0, row.GetInt64(ReceivedMs) ?? 0));
            }
        }

        // Letters before their marks: without its mark one would be back.
        traces.AddRange(forgotten.Select(mark => Mark + mark));
        var (kept, bytes) = ((long)letters.Count, letters.Sum(letter => letter.Bytes));
        var expired = new List<(string, long)>();
        foreach (var letter in letters.TakeWhile(letter => PositionOf(letter.Key) <= safeThrough))
        {
            if (kept > bounds.Letters || bytes > bounds.Bytes || letter.ReceivedMs < bounds.ReceivedBeforeMs)
            {
                expired.Add((Letter + letter.Key, letter.Bytes));
                kept--;
                bytes -= letter.Bytes;
            }
        }

        return new Sweep(traces, expired, letters.Count, letters.Sum(letter => letter.Bytes), forgotten.Count < marks.Count);
    }

    /// <summary>Does it; null if another sweep was in the way. Letters expire in one transaction with their count.</summary>
    public async Task<DeadLetterTotals?> TrimAsync(int partition, Sweep sweep, CancellationToken cancellationToken)
    {
        var key = TableKeys.OfPartition(partition);
        await TableDeletion.RunAsync(table, key, sweep.Traces, cancellationToken);
        var counter = await table.GetEntityIfExistsAsync<TableEntity>(key, Counter, cancellationToken: cancellationToken);
        var count = counter.HasValue ? counter.Value!.GetInt64(Expired) ?? 0 : 0;
        var etag = counter.HasValue ? counter.Value!.ETag : (ETag?)null;
        foreach (var group in sweep.Expired.Chunk(TableCommitter.MaxOperations - 1))
        {
            count += group.Length;
            var row = new TableEntity(key, Counter) { [Expired] = count, [TableValue.WriteProperty] = Guid.NewGuid() };
            var counting = etag is { } old ? new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, old) : new TableTransactionAction(TableTransactionActionType.Add, row);
            var deletions = group.Select(letter => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(key, letter.Key), ETag.All));
            try
            {
                var answers = (await table.SubmitTransactionAsync(deletions.Prepend(counting), cancellationToken)).Value;
                etag = answers[0].Headers.ETag;
            }
            catch (TableTransactionFailedException failure) when (failure.IsConflict())
            {
                // Repeated after it had happened and its answer was lost, it meets itself: the next plan does not have these letters, and the count has them.
                return null;
            }
        }

        return new DeadLetterTotals(sweep.Letters - sweep.Expired.Count, sweep.Bytes - sweep.Expired.Sum(letter => letter.Bytes), count);
    }

    private static List<DeadLetter> InOrder(List<DeadLetter> position, DeadLetterQuery query) =>
        [.. position.Where(letter => query.IsBehind(letter.Key) && query.Matches(letter)).OrderBy(letter => letter.Entity, StringComparer.Ordinal)];

    /// <summary>The partitions to look at, as conditions, and the position to begin at there: the one in which the listing goes on, then all behind it.</summary>
    private static IEnumerable<(string Partitions, string From)> Stretches(DeadLetterQuery query)
    {
        var first = query.Partition ?? query.AfterPartition;
        if (first < query.AfterPartition)
        {
            yield break;
        }

        yield return ($"PartitionKey eq '{TableKeys.OfPartition(first)}'", first == query.AfterPartition ? Text(query.AfterPosition) : "");
        if (query.Partition is null)
        {
            yield return ($"PartitionKey gt '{TableKeys.OfPartition(first)}'", "");
        }
    }

    private async Task<HashSet<(string Partition, string Key)>> MarksAsync(string partitions, CancellationToken cancellationToken)
    {
        var marks = new HashSet<(string, string)>();
        await foreach (var row in table.QueryAsync<TableEntity>(
            $"{partitions} and RowKey ge '{Mark}' and RowKey lt 'r.'", select: [nameof(ITableEntity.PartitionKey), nameof(ITableEntity.RowKey)], cancellationToken: cancellationToken))
        {
            marks.Add((row.PartitionKey, row.RowKey[Mark.Length..]));
        }

        return marks;
    }

    private static DeadLetter? LetterOf(TableEntity row) => row.GetBoolean(Gone) == true
        ? null
        : StoredDeadLetter.Decode(
            new DeadLetterKey(int.Parse(row.PartitionKey.AsSpan(1), CultureInfo.InvariantCulture), PositionOf(row.RowKey[Letter.Length..]), row.GetString(nameof(DeadLetter.Entity)) ?? ""),
            row.Get());

    private static string Key(string kind, DeadLetterKey key) => $"{kind}{Text(key.Position)}-{TableKeys.Escape(key.Entity)}";

    private static string Text(long position) => position.ToString("D20", CultureInfo.InvariantCulture);

    private static long PositionOf(string key) => long.Parse(key.AsSpan(0, 20), CultureInfo.InvariantCulture);

    /// <summary>See <see cref="PlanAsync"/>.</summary>
    /// <param name="Traces">Rows of removed letters, and their marks, that no replay can ask for.</param>
    /// <param name="Expired">The oldest letters that are beyond the bounds.</param>
    /// <param name="Letters">Letters that were there.</param>
    /// <param name="Bytes">Bytes of their raw text.</param>
    /// <param name="MarksLeft">Some marks have to stay.</param>
    internal sealed record Sweep(IReadOnlyList<string> Traces, IReadOnlyList<(string Key, long Bytes)> Expired, int Letters, long Bytes, bool MarksLeft);
}
