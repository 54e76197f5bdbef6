using System.Text;
using Npgsql;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.PostgreSql;

/// <summary>Forgets dead letters; see <see cref="IDeadLetterStore.TrimAsync"/>. Every silo may do it: what another one has forgotten is not counted again.</summary>
internal sealed class DeadLetterTrim(PostgreSqlDatabase database)
{
    private const int KeysPerStatement = 1000;

    private const string Traces = "DELETE FROM dead_letters WHERE partition = @partition AND removed AND position <= @safe";

    private const string Totals = """
        SELECT count(*), coalesce(sum(raw_bytes), 0)::bigint, min(received_ms), coalesce((SELECT expired FROM dead_letters_expired WHERE partition = @partition), 0)
        FROM dead_letters WHERE partition = @partition AND NOT removed
        """;

    // With the totals of the same moment: another silo that expires letters in between would make older ones too high, and too many letters would go.
    private const string Letters = """
        SELECT position, entity, received_ms, raw_bytes, kept, bytes
        FROM (
            SELECT *, count(*) OVER () AS kept, (sum(raw_bytes) OVER ())::bigint AS bytes
            FROM dead_letters WHERE partition = @partition AND NOT removed) AS letters
        WHERE position <= @safe ORDER BY position, entity
        """;

    private const string Expire = """
        WITH gone AS (
            DELETE FROM dead_letters AS d USING unnest(@partition, @position, @entity) AS i (partition, position, entity)
            WHERE (d.partition, d.position, d.entity) = (i.partition, i.position, i.entity) AND NOT d.removed
            RETURNING d.partition)
        INSERT INTO dead_letters_expired AS e (partition, expired) SELECT partition, count(*) FROM gone GROUP BY partition
        ON CONFLICT (partition) DO UPDATE SET expired = e.expired + excluded.expired
        """;

    /// <inheritdoc cref="IDeadLetterStore.TrimAsync"/>
    public async ValueTask<DeadLetterTotals> RunAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken)
    {
        await database.RunAsync((connection, token) => RemoveTracesAsync(connection, partition, safeThrough, token), cancellationToken);
        var (totals, oldest) = await database.RunAsync((connection, token) => ReadTotalsAsync(connection, partition, token), cancellationToken);
        if (totals.Kept <= bounds.Letters && totals.Bytes <= bounds.Bytes && !(oldest < bounds.ReceivedBeforeMs))
        {
            return totals;
        }

        var letters = await database.RunAsync((connection, token) => ReadLettersAsync(connection, partition, safeThrough, token), cancellationToken);
        foreach (var group in Expired(letters, bounds).Chunk(KeysPerStatement))
        {
            await database.RunAsync((connection, token) => ExpireAsync(connection, group, token), cancellationToken);
        }

        return (await database.RunAsync((connection, token) => ReadTotalsAsync(connection, partition, token), cancellationToken)).Totals;
    }

    /// <summary>The oldest letters that are beyond the bounds.</summary>
    private static List<DeadLetterKey> Expired(LettersOfAMoment found, DeadLetterBounds bounds)
    {
        var (kept, bytes) = (found.Kept, found.Bytes);
        var expired = new List<DeadLetterKey>();
        foreach (var letter in found.Letters)
        {
            if (kept > bounds.Letters || bytes > bounds.Bytes || letter.ReceivedMs < bounds.ReceivedBeforeMs)
            {
                expired.Add(letter.Key);
                kept--;
                bytes -= letter.Bytes;
            }
        }

        return expired;
    }

    private static async Task<int> RemoveTracesAsync(NpgsqlConnection connection, int partition, long safeThrough, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Traces, connection) { Parameters = { new("partition", partition), new("safe", safeThrough) } };
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<(DeadLetterTotals Totals, long? Oldest)> ReadTotalsAsync(NpgsqlConnection connection, int partition, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Totals, connection) { Parameters = { new("partition", partition) } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (new DeadLetterTotals(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(3)), reader.IsDBNull(2) ? null : reader.GetInt64(2));
    }

    private static async Task<LettersOfAMoment> ReadLettersAsync(
        NpgsqlConnection connection, int partition, long safeThrough, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Letters, connection) { Parameters = { new("partition", partition), new("safe", safeThrough) } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var letters = new List<(DeadLetterKey, long, int)>();
        var (kept, bytes) = (0L, 0L);
        while (await reader.ReadAsync(cancellationToken))
        {
            (kept, bytes) = (reader.GetInt64(4), reader.GetInt64(5));
            letters.Add((new DeadLetterKey(partition, reader.GetInt64(0), Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(1))), reader.GetInt64(2), reader.GetInt32(3)));
        }

        return new LettersOfAMoment(letters, kept, bytes);
    }

    private static async Task<int> ExpireAsync(NpgsqlConnection connection, DeadLetterKey[] group, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Expire, connection);
        new DeadLetterColumns(group).AddTo(command);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The letters that may go, oldest first, and how many letters and bytes the partition has in all.</summary>
    private sealed record LettersOfAMoment(IReadOnlyList<(DeadLetterKey Key, long ReceivedMs, int Bytes)> Letters, long Kept, long Bytes);
}
