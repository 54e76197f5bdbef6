using OrleansAnalytics.Tests.Redis;
using Xunit;

[assembly: AssemblyFixture(typeof(RedisOfTheRun))]

namespace OrleansAnalytics.Tests.Redis;

/// <summary>The Redis server that all tests of a run share; it starts with the first test that needs it and ends with the run.</summary>
public sealed class RedisOfTheRun : IAsyncDisposable
{
    private readonly Lazy<Task<RedisServer>> _server = new(() => RedisServer.StartNewAsync());

    /// <summary>How to connect to an empty database. Skips the test where there is no server, and fails it where there must be one.</summary>
    public async Task<string> NewDatabaseAsync() => (await ServerAsync()).NewDatabase();

    public async ValueTask DisposeAsync()
    {
        if (_server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _server.Value).DisposeAsync();
        }
    }

    /// <summary>The shared server.</summary>
    internal Task<RedisServer> ServerAsync() => _server.Value;
}
