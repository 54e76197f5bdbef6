using Orleans.Placement;

namespace OrleansAnalytics.Partitions.Placement;

/// <summary>Grains are placed at their home: see <see cref="Homes"/>. The name is part of what silos tell each other about grain types.</summary>
[Serializable]
public sealed class HomePlacement : PlacementStrategy
{
    internal static HomePlacement Instance { get; } = new();
}

/// <summary>Marks grains of entities and partitions as placed at their home.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class PlacedAtHomeAttribute() : PlacementAttribute(HomePlacement.Instance);
