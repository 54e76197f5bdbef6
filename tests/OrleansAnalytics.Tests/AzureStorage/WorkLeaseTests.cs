using Azure.Storage.Blobs;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.AzureStorage;
using Xunit;

namespace OrleansAnalytics.Tests.AzureStorage;

public sealed class WorkLeaseTests(SharedAzurite azurite) : IAsyncLifetime
{
    private const string Marker = "locks/work";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly FaultyTransport _transport = new();
    private readonly FakeTimeProvider _time = new();
    private AzureShop? _shop;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private BlobContainerClient Container => _shop!.Connection.Container("lake");

    public async ValueTask InitializeAsync() => _shop = await AzureShop.CreateAsync(await azurite.GetAsync(), _transport);

    public async ValueTask DisposeAsync()
    {
        if (_shop is not null)
        {
            await _shop.DisposeAsync();
        }
    }

    [Fact]
    public async Task One_has_it_at_a_time_and_the_next_when_it_was_given_back()
    {
        await using (await TakeAsync())
        {
            Assert.Null(await WorkLease.TryTakeAsync(Container.GetBlobClient(Marker), _time, Token));
        }

        await using var next = await TakeAsync();
        Assert.False(next.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Taking_it_whose_answer_was_lost_has_taken_it()
    {
        await using (await TakeAsync())
        {
            // There is a marker from now on.
        }

        _transport.Once(RequestFault.AnswerLost);
        await using var lease = await TakeAsync();
        Assert.Null(await WorkLease.TryTakeAsync(Container.GetBlobClient(Marker), _time, Token));
    }

    [Fact]
    public async Task It_is_lost_when_it_is_another_s()
    {
        await using var lease = await TakeAsync();
        var lost = Lost(lease);
        await LeasedBlobs.BreakAsync(Container, Marker);
        await using var other = await TakeAsync();
        _time.Advance(WorkLease.RenewEvery);
        await lost.WaitAsync(Patience, Token);
        Assert.False(other.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task It_is_lost_when_the_service_was_away_for_as_long_as_it_lasts_and_not_before()
    {
        await using var lease = await TakeAsync();
        var lost = Lost(lease);
        var tries = 0;
        _transport.Decide(_ => ++tries > 0 ? RequestFault.Lost : RequestFault.None);
        for (var renewals = 1; renewals <= 3; renewals++)
        {
            Assert.False(lost.IsCompleted);
            _time.Advance(WorkLease.RenewEvery);
            var sent = renewals * (1 + _shop!.Settings.MaxRetries);
            await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref tries) >= sent), "the lease to be tried");
        }

        await lost.WaitAsync(Patience, Token);
        _transport.Decide(_ => RequestFault.None);
    }

    private async Task<WorkLease> TakeAsync()
    {
        var lease = await WorkLease.TryTakeAsync(Container.GetBlobClient(Marker), _time, Token);
        Assert.NotNull(lease);
        return lease;
    }

    private static Task Lost(WorkLease lease)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lease.Lost.Register(lost.SetResult);
        return lost.Task;
    }
}
