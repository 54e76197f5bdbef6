using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Benchmarks.Micro;

/// <summary>A slice of one event to each of many active users of a real silo.</summary>
public class SliceBenchmarks
{
    private const int Users = 16_384;
    private const int Partition = 0;

    private readonly ShopEvent[] _events = [.. ShopBatches.Entries().Take(Users).Select(entry => entry.Event!)];
    private EntityLane[] _lanes = [];
    private IEntityChannel? _turns;
    private IEntityChannel? _calls;
    private WebApplication? _app;
    private string _folder = "";
    private long _position;

    [GlobalSetup]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("orleans-analytics-benchmarks-").FullName;
        _app = SiloHost.Build(new SiloSettings { DataFolder = _folder, Urls = "http://127.0.0.1:0" });
        await _app.StartAsync();
        _calls = new GrainEntityChannel(_app.Services.GetRequiredService<IGrainFactory>());
        _turns = new DirectChannel(_app.Services.GetRequiredService<LocalEntities>(), _calls);
        _lanes = [.. Enumerable.Range(0, Users).Select(one => new EntityLane(new EntityKey(EntityKind.User, $"user-{one}")))];
        await DeliverAsync(_calls);
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        // Stopped without its deactivations: nothing of it is wanted any more.
        await _app!.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Benchmark(Description = "Slice delivered by a direct update", OperationsPerInvoke = Users)]
    public Task TurnsAsync() => DeliverAsync(_turns!);

    [Benchmark(Description = "Slice delivered by a grain call", OperationsPerInvoke = Users)]
    public Task CallsAsync() => DeliverAsync(_calls!);

    private async Task DeliverAsync(IEntityChannel channel)
    {
        var most = new PartitionOptions().MaxSlicesInFlight;
        foreach (var group in _lanes.Index().Chunk(most))
        {
            var deliveries = Array.ConvertAll(group, one =>
            {
                var position = ++_position;
                return new EntityDelivery(one.Item, new Slice(Partition, one.Item.Send(position, position), [new PositionedEvent(position, _events[one.Index])]));
            });
            await channel.DeliverAsync(deliveries, most);
            foreach (var delivery in deliveries)
            {
                if (delivery.Answer.Outcome != SliceOutcome.Applied)
                {
                    throw new InvalidOperationException($"{delivery.Lane.Key}: {delivery.Answer}");
                }

                delivery.Lane.Acknowledge();
            }
        }
    }
}
