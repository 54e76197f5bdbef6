using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Catalog;

/// <summary>Products, categories and brands over HTTP.</summary>
public static class CatalogEndpoints
{
    /// <summary>Maps <c>GET /v1/products/{id}</c>, <c>/v1/categories/{id}</c> and <c>/v1/brands/{name}</c>.</summary>
    public static IEndpointRouteBuilder MapCatalog(this IEndpointRouteBuilder endpoints)
    {
        Describe<ProductView>(endpoints.MapGet("/v1/products/{id}", static (string id, EntityReferences entities) =>
            AnswerAsync("product", id, key => entities.Product(key).GetAsync())))
            .WithName("GetProduct")
            .WithSummary("What happened to one product.");
        Describe<CategoryView>(endpoints.MapGet("/v1/categories/{id}", static (string id, EntityReferences entities) =>
            AnswerAsync("category", id, key => entities.Category(key).GetAsync())))
            .WithName("GetCategory")
            .WithSummary("What happened in one category, by hour of day and weekday, and its most active products.");
        Describe<BrandView>(endpoints.MapGet("/v1/brands/{name}", static (string name, EntityReferences entities) =>
            AnswerAsync("brand", name, key => entities.Brand(key).GetAsync())))
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
