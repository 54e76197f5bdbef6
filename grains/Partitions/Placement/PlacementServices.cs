using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace OrleansAnalytics.Partitions.Placement;

/// <summary>Registers the placement of entities and partitions.</summary>
internal static class PlacementServices
{
    /// <summary>Adds the director and the homes of now.</summary>
    public static void AddHomePlacement(this IServiceCollection services)
    {
        services.AddPlacementDirector<HomePlacement, HomePlacementDirector>();
        services.AddSingleton<CurrentHomes>();
    }
}
