using Orleans.Metadata;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Pages;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// References to the grains of entities. <c>IGrainFactory.GetGrain&lt;T&gt;(string)</c> looks for the attributes of the interface each time, which is a tenth of a question's cost;
/// here they are looked for once.
/// </summary>
/// <param name="grains">Makes the references.</param>
/// <param name="interfaces">Knows what the interfaces are called.</param>
public sealed class EntityReferences(IGrainFactory grains, GrainInterfaceTypeResolver interfaces)
{
    private readonly Known _users = new(EntityKind.User, typeof(IUserGrain), interfaces);
    private readonly Known _products = new(EntityKind.Product, typeof(IProductGrain), interfaces);
    private readonly Known _categories = new(EntityKind.Category, typeof(ICategoryGrain), interfaces);
    private readonly Known _brands = new(EntityKind.Brand, typeof(IBrandGrain), interfaces);
    private readonly Known _pages = new(EntityKind.Page, typeof(IPageGrain), interfaces);

    /// <summary>A user.</summary>
    public IUserGrain User(string id) => (IUserGrain)_users.Of(grains, id);

    /// <summary>A product.</summary>
    public IProductGrain Product(string id) => (IProductGrain)_products.Of(grains, id);

    /// <summary>A category.</summary>
    public ICategoryGrain Category(string id) => (ICategoryGrain)_categories.Of(grains, id);

    /// <summary>A brand.</summary>
    public IBrandGrain Brand(string name) => (IBrandGrain)_brands.Of(grains, name);

    /// <summary>A page.</summary>
    public IPageGrain Page(string url) => (IPageGrain)_pages.Of(grains, url);

    private sealed class Known(EntityKind kind, Type grain, GrainInterfaceTypeResolver interfaces)
    {
        private readonly GrainType _type = GrainType.Create(EntityKey.TypeOf(kind));
        private readonly GrainInterfaceType _interface = interfaces.GetGrainInterfaceType(grain);

        public IAddressable Of(IGrainFactory grains, string key) => grains.GetGrain(GrainId.Create(_type, IdSpan.Create(key)), _interface);
    }
}
