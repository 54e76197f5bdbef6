using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// Reads entities, many by one statement: what is asked for while others are read goes together. A partition that meets entities after a start asks for
/// thousands at once.
/// </summary>
internal sealed class EntityReader : IAsyncDisposable
{
    private const int Readers = 4;

    private const string Select = """
        SELECT i.place::int, e.etag, e.data
        FROM unnest(@id) WITH ORDINALITY AS i (id, place) JOIN entities AS e ON e.id = i.id
        """;

    private readonly PostgreSqlDatabase _database;
    private readonly int _most;
    private readonly Channel<Request> _queue = Channel.CreateUnbounded<Request>();
    private readonly Task[] _readers;

    /// <summary>Begins to wait for requests.</summary>
    /// <param name="database">Where the entities are.</param>
    /// <param name="most">Entities read by one statement.</param>
    public EntityReader(PostgreSqlDatabase database, int most)
    {
        (_database, _most) = (database, most);
        _readers = [.. Enumerable.Range(0, Readers).Select(_ => Task.Run(ReadAllAsync))];
    }

    /// <summary>The ETag and the state under a key; 0 and nothing if there is none.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    /// <exception cref="ObjectDisposedException">The reader is closed.</exception>
    public Task<(long ETag, byte[] Data)> ReadAsync(byte[] key)
    {
        var request = new Request(key);
        ObjectDisposedException.ThrowIf(!_queue.Writer.TryWrite(request), this);
        return request.Answer.Task;
    }

    /// <summary>Answers what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAll(_readers);
    }

    private async Task ReadAllAsync()
    {
        var group = new List<Request>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            group.Clear();
            while (group.Count < _most && _queue.Reader.TryRead(out var request))
            {
                group.Add(request);
            }

            if (group.Count > 0)
            {
                await AnswerAsync(group);
            }
        }
    }

    private async Task AnswerAsync(List<Request> group)
    {
        try
        {
            var records = await _database.RunAsync((connection, cancellationToken) => ReadAsync(connection, group, cancellationToken));
            for (var i = 0; i < records.Length; i++)
            {
                group[i].Answer.SetResult(records[i]);
            }
        }
        catch (Exception exception)
        {
            group.ForEach(request => request.Answer.TrySetException(exception));
        }
    }

    private static async Task<(long ETag, byte[] Data)[]> ReadAsync(NpgsqlConnection connection, List<Request> group, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Select, connection);
        command.Parameters.Add(new NpgsqlParameter<byte[][]>("id", NpgsqlDbType.Array | NpgsqlDbType.Bytea) { TypedValue = [.. group.Select(request => request.Key)] });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var records = new (long ETag, byte[] Data)[group.Count];
        Array.Fill(records, (0, []));
        while (await reader.ReadAsync(cancellationToken))
        {
            records[reader.GetInt32(0) - 1] = (reader.GetInt64(1), reader.GetFieldValue<byte[]>(2));
        }

        return records;
    }

    private sealed class Request(byte[] key)
    {
        public byte[] Key => key;

        public TaskCompletionSource<(long ETag, byte[] Data)> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
