using Npgsql;

namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// ETags that never come back: numbers out of blocks that the database hands out one by one. Known before the write, they make a write repeatable: a record
/// that has the new ETag already was written by an earlier try whose answer was lost.
/// </summary>
internal sealed class ETagSource(PostgreSqlDatabase database) : IDisposable
{
    private const int BlockBits = 20;
    private readonly SemaphoreSlim _oneAtATime = new(1);
    private long _next;
    private long _end;

    /// <summary>The next ETag.</summary>
    /// <exception cref="DatabaseUnavailableException">A block is needed, and the database is away.</exception>
    public async ValueTask<long> NextAsync(CancellationToken cancellationToken = default)
    {
        await _oneAtATime.WaitAsync(cancellationToken);
        try
        {
            if (_next == _end)
            {
                var block = await database.RunAsync(ReadBlockAsync, cancellationToken);
                (_next, _end) = (block << BlockBits, (block + 1) << BlockBits);
            }

            return _next++;
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    public void Dispose() => _oneAtATime.Dispose();

    private static async Task<long> ReadBlockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT nextval('etag_blocks')", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
