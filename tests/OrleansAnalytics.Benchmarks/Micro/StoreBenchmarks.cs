using BenchmarkDotNet.Attributes;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Benchmarks.Micro;

/// <summary>Journeys written to the embedded store, as many under way as a partition flushes.</summary>
public class StoreBenchmarks : IDisposable
{
    private const int Grains = 16_384;

    private readonly int _inFlight = new PartitionOptions().MaxFlushesInFlight;
    private readonly (GrainId Id, GrainState<JourneyFold> State)[] _grains = [.. Journeys()];
    private string _folder = "";
    private RocksDbStateStore? _store;
    private RocksDbGrainStorage? _storage;

    [GlobalSetup]
    public void Open()
    {
        _folder = Directory.CreateTempSubdirectory("orleans-analytics-benchmarks-").FullName;
        _store = new RocksDbStateStore(_folder, new StateStoreOptions());
        _storage = new RocksDbGrainStorage(_store);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _store!.Dispose();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Benchmark(Description = "Journey saved, group commit", OperationsPerInvoke = Grains)]
    public async Task WriteAsync()
    {
        foreach (var group in _grains.Chunk(_inFlight))
        {
            await Task.WhenAll(group.Select(grain => _storage!.WriteStateAsync("state", grain.Id, grain.State)));
        }
    }

    private static IEnumerable<(GrainId Id, GrainState<JourneyFold> State)> Journeys()
    {
        var entries = ShopBatches.Entries();
        for (var i = 0; i < Grains; i++)
        {
            var fold = new JourneyFold(new JourneyOptions());
            foreach (var entry in entries.Skip(i * 4).Take(4))
            {
                fold.Fold(entry.Event!, entry.Position);
            }

            yield return (GrainId.Create(GrainTypes.User, $"user-{i}"), new GrainState<JourneyFold>(fold));
        }
    }
}
