using OrleansAnalytics.Events;

namespace OrleansAnalytics.Catalog;

/// <summary>Products, categories and brands over HTTP.</summary>
public static class CatalogEndpoints
{
    /// <summary>Maps <c>GET /v1/products/{id}</c>, <c>/v1/categories/{id}</c> and <c>/v1/brands/{name}</c>.</summary>
    public static IEndpointRouteBuilder MapCatalog(this IEndpointRouteBuilder endpoints)
    {
        Describe<ProductView>(endpoints.MapGet("/v1/products/{id}", static (string id, IGrainFactory grains) =>
            AnswerAsync("product", id, key => grains.GetGrain<IProductGrain>(key).GetAsync())))
            .WithName("GetProduct")
            .WithSummary("What happened to one product.");
        Describe<CategoryView>(endpoints.MapGet("/v1/categories/{id}", static (string id, IGrainFactory grains) =>
            AnswerAsync("category", id, key => grains.GetGrain<ICategoryGrain>(key).GetAsync())))
            .WithName("GetCategory")
            .WithSummary("What happened in one category, by hour of day and weekday, and its most active products.");
        Describe<BrandView>(endpoints.MapGet("/v1/brands/{name}", static (string name, IGrainFactory grains) =>
            AnswerAsync("brand", name, key => grains.GetGrain<IBrandGrain>(key).GetAsync())))
            .WithName("GetBrand")
            .WithSummary("What happened to one brand.");
        return endpoints;
    }

    private static RouteHandlerBuilder Describe<TView>(RouteHandlerBuilder route) =>
        route.WithTags("Catalog")
            .Produces<TView>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);

    private static async Task<IResult> AnswerAsync<TView>(string what, string id, Func<string, ValueTask<TView?>> ask)
        where TView : class
    {
        if (EntityRoute.Problem(ref id, $"{what} id") is { } tooLong)
        {
            return tooLong;
        }

        return await ask(id) is { } view ? Results.Json(view, ViewJson.Options) : EntityRoute.Unknown(what, id);
    }
}
