using System.Collections.Concurrent;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Checkpoints in an Azure table: a partition of the table for each of the log, with one row for the header and rows for the parts that it names (<see cref="CheckpointIndex"/>,
/// <see cref="CheckpointPlan"/>). Safe for concurrent use.
/// </summary>
/// <param name="connection">The account; the table must be there.</param>
public sealed class AzureCheckpointStore(AzureConnection connection) : ICheckpointStore
{
    private const int MaxReads = 20;

    private readonly CheckpointRows _rows = new(connection.Table("checkpoints"));

    // The header that this process has read or written last, by partition: most commits need not read it.
    private readonly ConcurrentDictionary<int, StoredHeader> _headers = new();

    /// <inheritdoc/>
    /// <exception cref="DamagedFormatException">The stored checkpoint cannot be read.</exception>
    /// <exception cref="IOException">The service does not answer, or refuses.</exception>
    public async ValueTask<StoredCheckpoint?> ReadAsync(int partition, CancellationToken cancellationToken = default)
    {
        try
        {
            return await ReadWholeAsync(partition, cancellationToken);
        }
        catch (DamagedFormatException exception)
        {
            throw new DamagedFormatException(
                $"the checkpoint of partition {partition} cannot be read ({exception.Message}); without the tables of state everything is computed again from the log");
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"the checkpoint of partition {partition} could not be read");
        }
    }

    /// <inheritdoc/>
    /// <remarks>The parts' bytes are taken within the call.</remarks>
    /// <exception cref="IOException">It may or may not be stored.</exception>
    public ValueTask<string> WriteAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(FinishAsync(partition, etag, write.Copy(), cancellationToken));
    }

    private async Task<StoredCheckpoint?> ReadWholeAsync(int partition, CancellationToken cancellationToken)
    {
        for (var read = 0; read < MaxReads; read++)
        {
            if (await _rows.HeaderAsync(partition, cancellationToken) is not { } header)
            {
                return null;
            }

            var rows = await _rows.PartsAsync(partition, cancellationToken);

            // A commit in between has replaced parts where they are, or removed them; under one header all is of one commit.
            if ((await _rows.HeaderAsync(partition, cancellationToken))?.ETag != header.ETag)
            {
                continue;
            }

            var parts = header.Index.Parts.ToDictionary(part => part.Key, part => Part(part.Key, part.Value, rows), StringComparer.Ordinal);
            return new StoredCheckpoint(header.Index.Position, header.Index.Generation, parts, header.ETag);
        }

        throw new IOException($"the checkpoint of partition {partition} changed with every look at it: two owners write it");
    }

    private static ReadOnlyMemory<byte> Part(string name, StoredPart part, Dictionary<string, byte[]> rows)
    {
        var whole = new List<byte>(part.Bytes + 1);
        foreach (var key in part.Keys(name))
        {
            whole.AddRange(rows.GetValueOrDefault(key) ?? throw new DamagedFormatException($"a row of its part {name} is missing"));
        }

        if (whole.Count != part.Bytes + 1)
        {
            throw new DamagedFormatException($"its part {name} has {whole.Count - 1} bytes instead of {part.Bytes}");
        }

        return TableValue.Unversioned(whole.ToArray(), "checkpoint part").ToArray();
    }

    private async Task<string> FinishAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken)
    {
        try
        {
            var known = _headers.GetValueOrDefault(partition);
            var isKnown = known is not null && known.ETag == etag;
            var before = isKnown ? known : await _rows.HeaderAsync(partition, cancellationToken);
            if (before?.ETag != etag)
            {
                throw Conflict(partition, before?.ETag, etag);
            }

            // Rows that no header names, of a writer that died: looked for before the commit, so that none of a later one is among them.
            var there = isKnown ? null : await _rows.KeysAsync(partition, cancellationToken);
            var plan = CheckpointPlan.Of(before?.Index ?? CheckpointIndex.None, write, Guid.NewGuid());
            var after = plan.IsOneTransaction
                ? await _rows.CommitAsync(partition, before, plan.Index, plan.Puts, plan.Deletes, cancellationToken)
                : await CommitInStepsAsync(partition, before, plan, cancellationToken);
            if (after is null)
            {
                throw Conflict(partition, (await _rows.HeaderAsync(partition, cancellationToken))?.ETag, etag);
            }

            _headers[partition] = after;
            IEnumerable<string> unnamed = there is null ? plan.Deletes : there.Except(plan.Index.Parts.SelectMany(part => part.Value.Keys(part.Key)));
            await RemoveAsync(partition, [.. plan.IsOneTransaction ? unnamed.Except(plan.Deletes) : unnamed]);
            return after.ETag;
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, $"the checkpoint of partition {partition} could not be written");
        }
    }

    private async Task<StoredHeader?> CommitInStepsAsync(int partition, StoredHeader? before, CheckpointPlan plan, CancellationToken cancellationToken)
    {
        // If this comes to nothing, rows are left that the next write looks for.
        _headers.TryRemove(partition, out _);
        await _rows.PutAsync(partition, plan.Puts, cancellationToken);
        return await _rows.CommitAsync(partition, before, plan.Index, [], [], cancellationToken);
    }

    private async Task RemoveAsync(int partition, IReadOnlyCollection<string> keys)
    {
        try
        {
            await _rows.DeleteAsync(partition, keys);
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception))
        {
            // The checkpoint is committed. What nothing names is looked for again when the header is not known, as after a restart.
            _headers.TryRemove(partition, out _);
        }
    }

    private static CheckpointConflictException Conflict(int partition, string? stored, string? expected) =>
        new($"partition {partition}: the checkpoint was written by another owner (stored ETag {stored ?? "none"}, expected {expected ?? "none"})");
}

/// <summary>A header as it is stored.</summary>
/// <param name="Index">What it holds.</param>
/// <param name="ETag">For the next write.</param>
internal sealed record StoredHeader(CheckpointIndex Index, string ETag);
