using Npgsql;
using OrleansAnalytics.Hosting;
using Xunit;

namespace OrleansAnalytics.Tests.PostgreSql;

/// <summary>
/// A real PostgreSQL server of the tests' own: made in a temporary folder, on a free port of loopback, with passwords and syncs as in earnest. It can be stopped,
/// killed and started again; it is gone when the tests are.
/// </summary>
internal sealed class PostgreSqlServer : IAsyncDisposable
{
    private const string Administrator = "shop_admin";
    private const string Password = "correct; horse='battery'";
    private const int SigInt = 2;
    private const int SigQuit = 3;

    private readonly string _folder;
    private readonly int _port = FreePort.Or(0);
    private ServerProgram? _server;
    private int _databases;

    private PostgreSqlServer(string folder) => _folder = folder;

    /// <summary>A new server that takes connections.</summary>
    public static async Task<PostgreSqlServer> StartNewAsync()
    {
        var folder = Directory.CreateTempSubdirectory("orleans-analytics-postgresql-").FullName;
        var server = new PostgreSqlServer(folder);
        try
        {
            await server.MakeAsync();
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>How to connect to a database of this server.</summary>
    public string ConnectionTo(string database, string password = Password) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _port,
        Username = Administrator,
        Password = password,
        Database = database,
    }.ConnectionString;

    /// <summary>Makes an empty database and answers how to connect to it.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = $"shop_{Interlocked.Increment(ref _databases)}";
        await using var connection = await OpenAsync("postgres");
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionTo(name);
    }

    /// <summary>Starts the server again, on the same port with the same data, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        var (file, arguments) = PostgreSqlPrograms.Command(
            "postgres", "-D", Path.Combine(_folder, "data"), "-p", $"{_port}", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=on", "-c", "max_connections=200");
        _server = ServerProgram.Start(_folder, file, arguments);
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.False(_server.HasExited, $"the PostgreSQL server ended: {_server.Told}");
                await using var connection = await OpenAsync("postgres");
                return true;
            },
            "a PostgreSQL server that takes connections");
    }

    /// <summary>Stops it in good order: connections are cut, nothing is lost.</summary>
    public Task StopAsync() => _server!.EndAsync(SigInt);

    /// <summary>Ends it at once, in the middle of everything: the next start recovers from its write-ahead log.</summary>
    public Task KillAsync() => _server!.EndAsync(SigQuit);

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            await _server.EndAsync(SigInt);
        }

        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task MakeAsync()
    {
        var passwords = Path.Combine(_folder, "password");
        await File.WriteAllTextAsync(passwords, Password);
        if (PostgreSqlPrograms.AsAnotherUser)
        {
            await ServerProgram.RunAsync(_folder, "chown", "-R", PostgreSqlPrograms.AnotherUser, _folder);
        }

        var (file, arguments) = PostgreSqlPrograms.Command(
            "initdb", "-D", Path.Combine(_folder, "data"), "-U", Administrator, "--pwfile", passwords, "--auth", "scram-sha-256", "-E", "UTF8", "--locale", "C");
        await ServerProgram.RunAsync(_folder, file, arguments);
    }

    private async Task<NpgsqlConnection> OpenAsync(string database)
    {
        // A connection that comes from a pool may be one to the server before.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionTo(database)) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }
}
