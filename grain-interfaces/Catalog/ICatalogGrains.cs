using Orleans.Concurrency;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Catalog;

/// <summary>One product; the key is the product id.</summary>
[Alias("IProductGrain")]
public interface IProductGrain : IEntityGrain
{
    /// <summary>What happened to the product, or null if nothing did.</summary>
    [AlwaysInterleave, Alias("Get")]
    ValueTask<ProductView?> GetAsync();
}

/// <summary>One category; the key is the category id.</summary>
[Alias("ICategoryGrain")]
public interface ICategoryGrain : IEntityGrain
{
    /// <summary>What happened in the category, or null if nothing did.</summary>
    [AlwaysInterleave, Alias("Get")]
    ValueTask<CategoryView?> GetAsync();
}

/// <summary>One brand; the key is its name.</summary>
[Alias("IBrandGrain")]
public interface IBrandGrain : IEntityGrain
{
    /// <summary>What happened to the brand, or null if nothing did.</summary>
    [AlwaysInterleave, Alias("Get")]
    ValueTask<BrandView?> GetAsync();
}
