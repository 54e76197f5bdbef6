using System.Text;
using Npgsql;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// Dead letters in PostgreSQL. A removed one leaves its row, so that a partition that puts it again cannot bring it back; of poison the letter stays in the row
/// without its raw text.
/// </summary>
/// <param name="database">Where they are.</param>
public sealed class PostgreSqlDeadLetterStore(PostgreSqlDatabase database) : IDeadLetterStore
{
    private const int PageLetters = 500;

    private const string Page = """
        SELECT partition, position, entity, data FROM dead_letters
        WHERE (partition, position, entity) > (@partition, @position, @entity) AND partition <= @last AND data IS NOT NULL AND (@removed OR NOT removed)
        ORDER BY partition, position, entity LIMIT @limit
        """;

    private const string One = "SELECT data FROM dead_letters WHERE partition = @partition AND position = @position AND entity = @entity AND NOT removed";

    private const string Put = """
        INSERT INTO dead_letters AS d (partition, position, entity, received_ms, raw_bytes, data)
        SELECT * FROM unnest(@partition, @position, @entity, @received, @raw, @data)
        ON CONFLICT (partition, position, entity) DO UPDATE SET received_ms = excluded.received_ms, raw_bytes = excluded.raw_bytes, data = excluded.data
        WHERE NOT d.removed
        """;

    private const string Remove = """
        UPDATE dead_letters AS d SET removed = true, raw_bytes = 0, data = i.data
        FROM unnest(@partition, @position, @entity, @data) AS i (partition, position, entity, data)
        WHERE (d.partition, d.position, d.entity) = (i.partition, i.position, i.entity) AND NOT d.removed
        """;

    private readonly DeadLetterTrim _trim = new(database);

    /// <inheritdoc/>
    /// <remarks>The letters' bytes are taken within the call. Of letters with one key the last is stored.</remarks>
    public ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (letters.Count == 0)
        {
            return default;
        }

        // One statement cannot write a row twice.
        var rows = letters.GroupBy(letter => letter.Key).Select(same => same.Last()).ToList();
        var columns = new DeadLetterColumns(rows.Select(letter => letter.Key));
        byte[][] data = [.. rows.Select(StoredDeadLetter.Encode)];
        int[] raw = [.. rows.Select(letter => letter.Raw.Length)];
        long[] received = [.. rows.Select(letter => letter.ReceivedMs)];
        return new(database.RunAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(Put, connection);
                columns.AddTo(command);
                command.Parameters.AddRange(new NpgsqlParameter[] { DeadLetterColumns.Bytea("data", data), new NpgsqlParameter<int[]>("raw", raw), new NpgsqlParameter<long[]>("received", received) });
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken));
    }

    /// <inheritdoc/>
    /// <remarks>A stored letter that cannot be read is listed by its key, as damaged: one bad record must not hide the others.</remarks>
    public async ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default)
    {
        var found = new List<DeadLetter>();
        var after = query.Partition is { } only && query.AfterPartition < only
            ? new DeadLetterKey(only, -1)
            : new DeadLetterKey(query.AfterPartition, query.AfterPosition - 1);
        while (found.Count < query.Limit)
        {
            var page = await database.RunAsync((connection, token) => ReadAsync(connection, query, after, token), cancellationToken);
            found.AddRange(page.Where(letter => query.IsBehind(letter.Key) && query.Matches(letter)).Take(query.Limit - found.Count));
            if (page.Count < PageLetters)
            {
                break;
            }

            after = page[^1].Key;
        }

        return found;
    }

    /// <inheritdoc/>
    public async ValueTask<DeadLetter?> FindAsync(DeadLetterKey key, CancellationToken cancellationToken = default) => await database.RunAsync(
        async (connection, token) =>
        {
            await using var command = new NpgsqlCommand(One, connection)
            {
                Parameters = { new("partition", key.Partition), new("position", key.Position), new("entity", Encoding.UTF8.GetBytes(key.Entity)) },
            };
            return await command.ExecuteScalarAsync(token) is byte[] data ? StoredDeadLetter.Decode(key, data) : null;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<int> RemoveAsync(IReadOnlyList<DeadLetterKey> keys, CancellationToken cancellationToken = default)
    {
        var letters = new List<DeadLetter>();
        foreach (var key in keys.Distinct())
        {
            if (await FindAsync(key, cancellationToken) is { } letter)
            {
                letters.Add(letter);
            }
        }

        if (letters.Count == 0)
        {
            return 0;
        }

        var columns = new DeadLetterColumns(letters.Select(letter => letter.Key));
        byte[]?[] data = [.. letters.Select(letter => letter.Reason == RejectReason.Poison ? StoredDeadLetter.Encode(letter with { Raw = default }) : null)];
        await database.RunAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand(Remove, connection);
                columns.AddTo(command);
                command.Parameters.Add(DeadLetterColumns.Bytea("data", data));
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken);

        // What was there when they were looked up: a repeated statement would find them removed.
        return letters.Count;
    }

    /// <inheritdoc/>
    public ValueTask<DeadLetterTotals> TrimAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken = default) =>
        _trim.RunAsync(partition, safeThrough, bounds, cancellationToken);

    private static async Task<List<DeadLetter>> ReadAsync(NpgsqlConnection connection, DeadLetterQuery query, DeadLetterKey after, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Page, connection)
        {
            Parameters =
            {
                new("partition", after.Partition), new("position", after.Position), new("entity", Encoding.UTF8.GetBytes(after.Entity)),
                new("last", query.Partition ?? int.MaxValue), new("removed", query.IncludeRemoved), new("limit", PageLetters),
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var letters = new List<DeadLetter>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = new DeadLetterKey(reader.GetInt32(0), reader.GetInt64(1), Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(2)));
            letters.Add(StoredDeadLetter.Decode(key, reader.GetFieldValue<byte[]>(3)));
        }

        return letters;
    }
}
