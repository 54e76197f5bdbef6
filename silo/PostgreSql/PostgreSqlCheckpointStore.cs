using System.Globalization;
using Npgsql;
using NpgsqlTypes;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// Checkpoints in PostgreSQL. Header and parts are written by one statement and read by one statement, so that nobody sees a half; parts are touched only if
/// the header had the expected ETag.
/// </summary>
/// <param name="database">Where they are.</param>
public sealed class PostgreSqlCheckpointStore(PostgreSqlDatabase database) : ICheckpointStore, IDisposable
{
    // A header that has the new ETag already was written by an earlier try, whose answer was lost; writing the same once more changes nothing.
    private const string First = """
        INSERT INTO checkpoints AS c (partition, position, generation, etag) VALUES (@partition, @position, @generation, @etag)
        ON CONFLICT (partition) DO UPDATE SET position = excluded.position WHERE c.etag = excluded.etag
        RETURNING partition
        """;

    private const string Next = """
        UPDATE checkpoints SET position = @position, generation = @generation, etag = @etag
        WHERE partition = @partition AND (etag = @expected OR etag = @etag)
        RETURNING partition
        """;

    private const string Parts = """
        , gone AS (DELETE FROM checkpoint_parts AS p USING header WHERE p.partition = header.partition AND p.name = ANY (@removed)),
        changed AS (
            INSERT INTO checkpoint_parts (partition, name, data)
            SELECT header.partition, i.name, i.data FROM header, unnest(@name, @data) AS i (name, data)
            ON CONFLICT (partition, name) DO UPDATE SET data = excluded.data)
        SELECT count(*) FROM header
        """;

    private const string Read = """
        SELECT position, generation, etag, NULL, NULL FROM checkpoints WHERE partition = @partition
        UNION ALL
        SELECT NULL, NULL, NULL, name, data FROM checkpoint_parts WHERE partition = @partition
        """;

    private readonly ETagSource _etags = new(database);

    /// <inheritdoc/>
    public async ValueTask<StoredCheckpoint?> ReadAsync(int partition, CancellationToken cancellationToken = default) =>
        await database.RunAsync((connection, token) => ReadAsync(connection, partition, token), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>The parts' bytes are taken within the call.</remarks>
    public ValueTask<string> WriteAsync(int partition, string? etag, CheckpointWrite write, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string[] names = [.. write.Changed.Keys];
        byte[][] data = [.. write.Changed.Values.Select(part => part.ToArray())];

        // One statement cannot remove and write the same row.
        string[] removed = [.. write.Removed.Where(name => !write.Changed.ContainsKey(name))];
        return WriteAsync(partition, etag, () =>
        [
            new NpgsqlParameter<int>("partition", partition), new NpgsqlParameter<long>("position", write.Position), new NpgsqlParameter<long>("generation", write.Generation),
            new NpgsqlParameter<string[]>("name", NpgsqlDbType.Array | NpgsqlDbType.Text) { TypedValue = names },
            new NpgsqlParameter<byte[][]>("data", NpgsqlDbType.Array | NpgsqlDbType.Bytea) { TypedValue = data },
            new NpgsqlParameter<string[]>("removed", NpgsqlDbType.Array | NpgsqlDbType.Text) { TypedValue = removed },
        ], cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _etags.Dispose();

    private async ValueTask<string> WriteAsync(int partition, string? etag, Func<NpgsqlParameter[]> parameters, CancellationToken cancellationToken)
    {
        var expected = GrainRecord.ETagOf(etag);
        var next = await _etags.NextAsync(cancellationToken);
        var written = await database.RunAsync(
            async (connection, token) =>
            {
                await using var command = new NpgsqlCommand($"WITH header AS ({(expected == 0 ? First : Next)}){Parts}", connection);
                command.Parameters.AddRange(parameters());
                command.Parameters.AddWithValue("etag", next);
                if (expected != 0)
                {
                    command.Parameters.AddWithValue("expected", expected);
                }

                return (long)(await command.ExecuteScalarAsync(token))! > 0;
            },
            cancellationToken);
        return written
            ? next.ToString(CultureInfo.InvariantCulture)
            : throw new CheckpointConflictException($"partition {partition}: the checkpoint was written by another owner (it has not the ETag {etag ?? "none"})");
    }

    private static async Task<StoredCheckpoint?> ReadAsync(NpgsqlConnection connection, int partition, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Read, connection) { Parameters = { new("partition", partition) } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        (long Position, long Generation, long ETag)? header = null;
        var parts = new Dictionary<string, ReadOnlyMemory<byte>>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.IsDBNull(3))
            {
                header = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
            }
            else
            {
                parts.Add(reader.GetString(3), reader.GetFieldValue<byte[]>(4));
            }
        }

        return header is { } found ? new StoredCheckpoint(found.Position, found.Generation, parts, found.ETag.ToString(CultureInfo.InvariantCulture)) : null;
    }
}
