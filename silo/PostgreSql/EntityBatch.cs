using Npgsql;
using NpgsqlTypes;

namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// The entities of one group commit: one statement for records that shall be new and one for those that exist, sent together and committed together. Both take
/// a record that already has the new ETag for done, so sending them again is harmless.
/// </summary>
internal sealed class EntityBatch
{
    private const string InsertNew = """
        INSERT INTO entities AS e (id, etag, data)
        SELECT * FROM unnest(@id, @etag, @data)
        ON CONFLICT (id) DO UPDATE SET data = excluded.data WHERE e.etag = excluded.etag
        """;

    private const string UpdateKnown = """
        UPDATE entities AS e SET etag = i.etag, data = i.data
        FROM unnest(@id, @expected, @etag, @data) AS i (id, expected, etag, data)
        WHERE e.id = i.id AND (e.etag = i.expected OR e.etag = i.etag)
        """;

    private const string StoredETags = "SELECT id, etag FROM entities WHERE id = ANY (@id)";

    private readonly List<EntityWrite> _new = [];
    private readonly List<EntityWrite> _known = [];

    /// <summary>Bytes of keys and states.</summary>
    public int Bytes { get; private set; }

    public void Clear()
    {
        _new.Clear();
        _known.Clear();
        Bytes = 0;
    }

    public void Add(EntityWrite write)
    {
        (write.ExpectedETag == 0 ? _new : _known).Add(write);
        Bytes += write.Key.Length + write.Data.Length;
    }

    /// <summary>Writes all of them in one transaction; answers how many were written. Whose record has another ETag is left out.</summary>
    public async Task<int> WriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        if (_new.Count > 0)
        {
            batch.BatchCommands.Add(Command(InsertNew, _new));
        }

        if (_known.Count > 0)
        {
            var command = Command(UpdateKnown, _known);
            command.Parameters.Add(Numbers("expected", _known, write => write.ExpectedETag));
            batch.BatchCommands.Add(command);
        }

        // Several statements without a transaction of their own are one.
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return batch.BatchCommands.OfType<NpgsqlBatchCommand>().Sum(command => command.RecordsAffected);
    }

    /// <summary>The ETags that are stored under these keys, by key.</summary>
    public static async Task<Dictionary<string, long>> ReadETagsAsync(NpgsqlConnection connection, IEnumerable<EntityWrite> writes, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(StoredETags, connection);
        command.Parameters.Add(Bytea("id", writes, write => write.Key));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var stored = new Dictionary<string, long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            stored.Add(Convert.ToHexString(reader.GetFieldValue<byte[]>(0)), reader.GetInt64(1));
        }

        return stored;
    }

    private static NpgsqlBatchCommand Command(string text, List<EntityWrite> writes) => new(text)
    {
        Parameters = { Bytea("id", writes, write => write.Key), Numbers("etag", writes, write => write.NewETag), Bytea("data", writes, write => write.Data) },
    };

    private static NpgsqlParameter<byte[][]> Bytea(string name, IEnumerable<EntityWrite> writes, Func<EntityWrite, byte[]> value) =>
        new(name, NpgsqlDbType.Array | NpgsqlDbType.Bytea) { TypedValue = [.. writes.Select(value)] };

    private static NpgsqlParameter<long[]> Numbers(string name, List<EntityWrite> writes, Func<EntityWrite, long> value) =>
        new(name, NpgsqlDbType.Array | NpgsqlDbType.Bigint) { TypedValue = [.. writes.Select(value)] };
}
