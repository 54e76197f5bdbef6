using OrleansAnalytics.Hosting;
using StackExchange.Redis;
using Xunit;

namespace OrleansAnalytics.Tests.Redis;

/// <summary>
/// A real Redis of the tests' own: in a temporary folder, on a free port of loopback, with a password and, if not told otherwise, an append-only file that is synced at every write.
/// It can be killed and started again; it is gone when the tests are.
/// </summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private const string Variable = "ORLEANS_ANALYTICS_REDIS";
    private const string Program = "redis-server";
    private const string Password = "correct; horse='battery'";
    private const string Databases = "1000";
    private const int SigTerm = 15;
    private const int SigKill = 9;
    private static readonly string[] Durable = ["appendonly yes", "appendfsync always"];
    private static readonly string? Installed = new[] { Environment.GetEnvironmentVariable(Variable) ?? "" }.Concat(RequiredServices.Folders)
        .Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("orleans-analytics-redis-");
    private readonly int _port = FreePort.Or(0);
    private readonly string[] _settings;
    private ServerProgram? _server;
    private int _databases;

    private RedisServer(string[] settings) => _settings = settings;

    /// <summary>A new server that takes connections; skips the test where there is none, and fails it where there must be one.</summary>
    /// <param name="settings">Lines of its configuration instead of the durable ones.</param>
    public static async Task<RedisServer> StartNewAsync(params string[] settings)
    {
        RequiredServices.Need(Installed is not null, "no redis-server is installed: bash tests/services/redis.sh installs one (as root, with apt)");
        var server = new RedisServer(settings.Length == 0 ? Durable : settings);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>How to connect.</summary>
    /// <param name="database">The number of the database.</param>
    /// <param name="password">Another one than the server's; none if empty.</param>
    /// <param name="port">Another one than the server's.</param>
    public string ConnectionTo(int database = 0, string password = Password, int? port = null) =>
        $"127.0.0.1:{port ?? _port},defaultDatabase={database}{(password.Length == 0 ? "" : $",password={password}")}";

    /// <summary>How to connect to a database that nobody else uses.</summary>
    public string NewDatabase() => ConnectionTo(Interlocked.Increment(ref _databases));

    /// <summary>Starts the server again, on the same port with the same data, and waits until it takes connections.</summary>
    public async Task StartAsync()
    {
        var file = Path.Combine(_folder.FullName, "redis.conf");
        await File.WriteAllLinesAsync(file, [$"port {_port}", "bind 127.0.0.1", $"dir \"{_folder.FullName}\"", $"databases {Databases}", "save \"\"", $"requirepass \"{Password}\"", .. _settings]);
        _server = ServerProgram.Start(_folder.FullName, Installed!, file);
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.False(_server.HasExited, $"the Redis server ended: {_server.Told}");
                await using var connection = await ConnectionMultiplexer.ConnectAsync(ConnectionTo());
                await connection.GetDatabase().PingAsync();
                return true;
            },
            "a Redis server that takes connections");
    }

    /// <summary>Ends it at once, in the middle of everything.</summary>
    public Task KillAsync() => _server!.EndAsync(SigKill);

    public async ValueTask DisposeAsync()
    {
        if (_server is { HasExited: false })
        {
            await _server.EndAsync(SigTerm);
        }

        _server?.Dispose();
        _folder.Delete(recursive: true);
    }
}
