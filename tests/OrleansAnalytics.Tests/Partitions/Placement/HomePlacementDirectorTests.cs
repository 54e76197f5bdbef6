using System.Net;
using Orleans.Runtime.Placement;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Placement;

public sealed class HomePlacementDirectorTests
{
    private static readonly SiloAddress[] Silos = [Silo(1), Silo(2), Silo(3)];

    private readonly HomePlacementDirector _director = new(new InMemoryEventLog(new EventLogOptions { Partitions = 8 }, TimeProvider.System));
    private readonly Offer _offer = new();

    [Fact]
    public async Task Grain_IsPlacedAtItsHome_AmongTheSilosThatAreOffered()
    {
        for (var count = 1; count <= Silos.Length; count++)
        {
            _offer.Silos = Silos[..count];
            var homes = new Homes(_offer.Silos, partitions: 8);
            for (var number = 0; number < 100; number++)
            {
                var product = GrainId.Create(GrainTypes.Product, $"{number}");
                Assert.Equal(homes.Silos[homes.Of(product)], await PlaceAsync(product));
            }
        }
    }

    [Fact]
    public async Task Hint_GoesBeforeHome_IfItIsOffered()
    {
        _offer.Silos = Silos[..2];
        var product = GrainId.Create(GrainTypes.Product, "1");
        var home = await PlaceAsync(product);
        var other = Silos.First(silo => !silo.Equals(home));
        Assert.Equal(other, await PlaceAsync(product, hint: other));
        Assert.Equal(home, await PlaceAsync(product, hint: Silos[2]));
    }

    [Fact]
    public void WhileSilosAreTheSame_NothingIsAllocated()
    {
        _offer.Silos = Silos;
        var product = new PlacementTarget(GrainId.Create(GrainTypes.Product, "1"), null!, default, 0);
        var user = new PlacementTarget(GrainId.Create(GrainTypes.User, "u"), null!, default, 0);
        Place();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Place();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Place()
        {
            _director.OnAddActivation(HomePlacement.Instance, product, _offer);
            _director.OnAddActivation(HomePlacement.Instance, user, _offer);
        }
    }

    private Task<SiloAddress> PlaceAsync(GrainId grain, SiloAddress? hint = null)
    {
        var data = new Dictionary<string, object>();
        if (hint is not null)
        {
            data[IPlacementDirector.PlacementHintKey] = hint;
        }

        return _director.OnAddActivation(HomePlacement.Instance, new PlacementTarget(grain, data, default, 0), _offer);
    }

    private static SiloAddress Silo(byte number) => SiloAddress.New(new IPAddress([10, 0, 0, number]), 11_111, 100 + number);

    private sealed class Offer : IPlacementContext
    {
        public SiloAddress[] Silos { get; set; } = [];

        public SiloAddress LocalSilo => Silos[0];

        public SiloStatus LocalSiloStatus => SiloStatus.Active;

        public SiloAddress[] GetCompatibleSilos(PlacementTarget target) => Silos;

        public IReadOnlyDictionary<ushort, SiloAddress[]> GetCompatibleSilosWithVersions(PlacementTarget target) => new Dictionary<ushort, SiloAddress[]>();
    }
}
