using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class EmbeddedStorageTests : IDisposable
{
    private readonly StorageFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_host_gets_every_port_and_its_folder_can_be_used_again_after_it()
    {
        var path = _folder.Next();
        for (var run = 0; run < 2; run++)
        {
            using var host = Host(path, partitions: 3);
            await host.StartAsync(Token);
            var log = host.Services.GetRequiredService<IEventLog>();
            Assert.Equal(3, log.PartitionCount);
            Assert.Equal(run, await log.EndAsync(0, Token));
            await log.AppendAsync(0, new EncodedBatch(new byte[1], 1), Token);
            Assert.IsType<RocksDbGrainStorage>(host.Services.GetRequiredKeyedService<IGrainStorage>(GrainTypes.EntityStorage));
            Assert.IsType<RocksDbCheckpointStore>(host.Services.GetRequiredService<ICheckpointStore>());
            Assert.IsType<RocksDbDeadLetterStore>(host.Services.GetRequiredService<IDeadLetterStore>());
            await host.StopAsync(Token);
        }
    }

    [Fact]
    public async Task A_second_host_on_the_folder_does_not_start()
    {
        var path = _folder.Next();
        using var first = Host(path, 3);
        await first.StartAsync(Token);
        using var second = Host(path, 3);
        var refused = await Assert.ThrowsAsync<IOException>(() => second.StartAsync(Token));
        Assert.Contains("in use by another process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_wrong_options_does_not_start()
    {
        using var host = Host(_folder.Next(), partitions: -1);
        await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(Token));
    }

    private static IHost Host(string path, int partitions) => new HostBuilder()
        .ConfigureServices(services => services.AddEmbeddedStorage(path).Configure<EventLogOptions>(o => o.Partitions = partitions))
        .Build();
}
