using OrleansAnalytics.Tests.AzureStorage;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedAzurite))]

namespace OrleansAnalytics.Tests.AzureStorage;

/// <summary>One Azurite for all tests that do not stop it; started when the first of them asks, stopped after the last test.</summary>
public sealed class SharedAzurite : IAsyncDisposable
{
    // One that did not start is not tried again for every test.
    private readonly Lazy<Task<Azurite>> _azurite = new(Azurite.StartNewAsync);

    /// <summary>The running one.</summary>
    public Task<Azurite> GetAsync() => _azurite.Value;

    public async ValueTask DisposeAsync()
    {
        if (_azurite is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
        {
            await (await _azurite.Value).DisposeAsync();
        }
    }
}
