using OrleansAnalytics.PostgreSql;
using OrleansAnalytics.Tests.PostgreSql;
using Xunit;

[assembly: AssemblyFixture(typeof(PostgreSqlOfTheRun))]

namespace OrleansAnalytics.Tests.PostgreSql;

/// <summary>The PostgreSQL server that all tests of a run share; it starts with the first test that needs it and ends with the run.</summary>
public sealed class PostgreSqlOfTheRun : IAsyncDisposable
{
    private const string Why = "no PostgreSQL server is installed: bash tests/services/postgresql.sh installs one (as root, with apt)";

    private readonly Lazy<Task<PostgreSqlServer>> _server = new(PostgreSqlServer.StartNewAsync);

    /// <summary>An empty database. Skips the test where there is no server, and fails it where there must be one.</summary>
    public async Task<string> NewDatabaseAsync() => await (await ServerAsync()).NewDatabaseAsync();

    /// <summary>A database with the tables.</summary>
    public async Task<PostgreSqlOptions> NewShopAsync()
    {
        var options = new PostgreSqlOptions { ConnectionString = await NewDatabaseAsync(), RetryFor = TimeSpan.FromSeconds(30) };
        await using var database = new PostgreSqlDatabase(options, TimeProvider.System);
        await PostgreSqlSchema.ApplyAsync(database, TestContext.Current.CancellationToken);
        return options;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }
    }

    /// <summary>A server of a test's own, to be stopped and started.</summary>
    internal static Task<PostgreSqlServer> OwnServerAsync()
    {
        SkipWithoutPrograms();
        return PostgreSqlServer.StartNewAsync();
    }

    /// <summary>The shared server.</summary>
    internal Task<PostgreSqlServer> ServerAsync()
    {
        SkipWithoutPrograms();
        return _server.Value;
    }

    private static void SkipWithoutPrograms() => RequiredServices.Need(PostgreSqlPrograms.Folder is not null, Why);
}
