using System.Net;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Placement;

public sealed class HomesTests
{
    private const int Partitions = 8;
    private static readonly SiloAddress[] Silos = [Silo(1), Silo(2), Silo(3)];

    [Fact]
    public void Homes_AreTheSameInEveryProcess()
    {
        var homes = new Homes(Silos, Partitions);
        Assert.Equal([0, 2, 1, 2, 2, 1, 2, 1], Enumerable.Range(0, Partitions).Select(homes.OfPartition));
        Assert.Equal(
            [1, 1, 1, 0, 2],
            new[] { "1004856", "2053013555631882655", "samsung", "https://shop/ä", new string('x', 2_000) }.Select((key, kind) => homes.Of(new EntityKey(EntityKind.User + (byte)kind, key))));
    }

    [Fact]
    public void Homes_AreTheSame_WhateverTheOrderOfSilos()
    {
        var (one, other) = (new Homes(Silos, Partitions), new Homes(Silos.Reverse(), Partitions));
        Assert.All(Enumerable.Range(0, 1_000), number =>
        {
            var product = new EntityKey(EntityKind.Product, $"{number}");
            Assert.Equal(one.Silos[one.Of(product)], other.Silos[other.Of(product)]);
        });
    }

    [Fact]
    public void User_IsAtHomeWithItsPartition()
    {
        var homes = new Homes(Silos, Partitions);
        Assert.All(Enumerable.Range(0, 1_000), number =>
            Assert.Equal(homes.OfPartition(PartitionRouter.PartitionOf($"u{number}", Partitions)), homes.Of(new EntityKey(EntityKind.User, $"u{number}"))));
    }

    [Fact]
    public void EntitiesOfOneKey_ButOfDifferentKinds_HaveHomesOfTheirOwn()
    {
        var homes = new Homes(Silos, Partitions);
        Assert.Contains(Enumerable.Range(0, 100), number =>
            homes.Of(new EntityKey(EntityKind.Category, $"{number}")) != homes.Of(new EntityKey(EntityKind.Product, $"{number}")));
    }

    [Theory]
    [InlineData(EntityKind.User)]
    [InlineData(EntityKind.Product)]
    [InlineData(EntityKind.Category)]
    [InlineData(EntityKind.Brand)]
    [InlineData(EntityKind.Page)]
    public void Grain_IsAtHomeWhereItsEntityIs(EntityKind kind)
    {
        var homes = new Homes(Silos, Partitions);
        Assert.All(Enumerable.Range(0, 200), number =>
            Assert.Equal(homes.Of(new EntityKey(kind, $"schlüssel-{number}")), homes.Of(GrainId.Create(EntityKey.TypeOf(kind), $"schlüssel-{number}"))));
    }

    [Fact]
    public void PartitionGrain_IsAtHomeWhereItsPartitionIs()
    {
        var homes = new Homes(Silos, Partitions);
        Assert.All(Enumerable.Range(0, 100), partition =>
            Assert.Equal(homes.OfPartition(partition), homes.Of(GrainId.Create(GrainType.Create(GrainTypes.Partition), GrainIdKeyExtensions.CreateIntegerKey(partition)))));
    }

    [Fact]
    public void SiloThatCameBack_IsAnother()
    {
        var again = new Homes([Silos[0], Silos[1], SiloAddress.New(Silos[2].Endpoint, Silos[2].Generation + 1)], Partitions);
        var before = new Homes(Silos, Partitions);
        Assert.Contains(Enumerable.Range(0, 100), number => before.Of(Product(number)) != again.Of(Product(number)));
    }

    [Fact]
    public void WithoutSilos_ThereIsNoHome() => Assert.Throws<ArgumentOutOfRangeException>(() => new Homes([], Partitions));

    private static EntityKey Product(int number) => new(EntityKind.Product, $"{number}");

    private static SiloAddress Silo(byte number) => SiloAddress.New(new IPAddress([10, 0, 0, number]), 11_111, 100 + number);
}
