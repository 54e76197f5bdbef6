using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Pages;

/// <summary>Pages over HTTP.</summary>
public static class PageEndpoints
{
    /// <summary>Maps <c>GET /v1/pages?url=</c>.</summary>
    public static IEndpointRouteBuilder MapPages(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/v1/pages", GetAsync)
            .WithName("GetPage")
            .WithTags("Pages")
            .WithSummary("The visits to one page.")
            .Produces<PageView>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound);
        return endpoints;
    }

    private static async Task<IResult> GetAsync(string? url, EntityReferences entities)
    {
        if (string.IsNullOrEmpty(url))
        {
            return EntityRoute.Invalid("url is missing.");
        }

        if (url.Length > EntityRoute.MaxUrlLength)
        {
            return EntityRoute.Invalid($"The url has {url.Length} characters; at most {EntityRoute.MaxUrlLength} are possible.");
        }

        var page = await entities.Page(url).GetAsync();
        return page is null ? EntityRoute.Unknown("page", url) : Results.Json(page, ViewJson.Options);
    }
}
