using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Pages;

namespace OrleansAnalytics.Partitions;

/// <summary>Registers the entities of a silo.</summary>
internal static class EntityServices
{
    /// <summary>Adds how entities of every kind are made, where their state is kept while it is on the silo, and references to their grains.</summary>
    public static IServiceCollection AddEntities(this IServiceCollection services) => services
        .AddSingleton<LocalEntities>()
        .AddSingleton<EntityReferences>()
        .AddMaker<JourneyOptions, JourneyFold>(EntityKind.User, options => new JourneyFold(options))
        .AddMaker<CatalogOptions, ProductFold>(EntityKind.Product, options => new ProductFold(options))
        .AddMaker<CatalogOptions, CategoryFold>(EntityKind.Category, options => new CategoryFold(options))
        .AddMaker<CatalogOptions, BrandFold>(EntityKind.Brand, options => new BrandFold(options))
        .AddMaker<PartitionOptions, PageFold>(EntityKind.Page, _ => new PageFold());

    private static IServiceCollection AddMaker<TOptions, TFold>(this IServiceCollection services, EntityKind kind, Func<TOptions, TFold> emptyFold)
        where TOptions : class
        where TFold : EntityFold
    {
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<TOptions>>().Value;
            return new EntityMaker<TFold>(
                kind,
                () => emptyFold(options),
                provider.GetRequiredKeyedService<IGrainStorage>(GrainTypes.EntityStorage),
                provider.GetRequiredService<ILogger<EntityMaker<TFold>>>());
        });
        return services.AddSingleton<IEntityMaker>(provider => provider.GetRequiredService<EntityMaker<TFold>>());
    }
}
