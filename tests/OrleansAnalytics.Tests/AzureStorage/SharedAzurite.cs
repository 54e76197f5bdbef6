using OrleansAnalytics.Tests.AzureStorage;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedAzurite))]

namespace OrleansAnalytics.Tests.AzureStorage;

/// <summary>One Azurite for all tests that do not stop it; started when the first of them asks, stopped after the last test.</summary>
public sealed class SharedAzurite : IAsyncDisposable
{
    private readonly SemaphoreSlim _one = new(1);
    private Azurite? _azurite;

    /// <summary>The running one.</summary>
    public async Task<Azurite> GetAsync()
    {
        await _one.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            return _azurite ??= await Azurite.StartNewAsync();
        }
        finally
        {
            _one.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null)
        {
            await _azurite.DisposeAsync();
        }

        _one.Dispose();
    }
}
