using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Pages;

namespace OrleansAnalytics.Client;

/// <content>Questions. All throw <see cref="AnalyticsRequestException"/> or <see cref="AnalyticsUnreachableException"/> when there is no answer.</content>
public sealed partial class AnalyticsClient
{
    /// <summary>A user's journey, or null if nothing is known of the user.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="from">Steps from this time on; what is older than the user's grain keeps comes from the lake. Null: all that it keeps.</param>
    /// <param name="to">Steps before this time.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<UserJourney?> GetJourneyAsync(
        string userId, DateTimeOffset? from = null, DateTimeOffset? to = null, CancellationToken cancellationToken = default) =>
        FindAsync($"/v1/users/{Segment(userId)}/journey{Query(("from", Text(from)), ("to", Text(to)))}", WireJson.Default.UserJourney, cancellationToken);

    /// <summary>What happened to a product, or null if nothing did.</summary>
    public Task<ProductView?> GetProductAsync(string productId, CancellationToken cancellationToken = default) =>
        FindAsync($"/v1/products/{Segment(productId)}", WireJson.Default.ProductView, cancellationToken);

    /// <summary>What happened in a category, or null if nothing did.</summary>
    public Task<CategoryView?> GetCategoryAsync(string categoryId, CancellationToken cancellationToken = default) =>
        FindAsync($"/v1/categories/{Segment(categoryId)}", WireJson.Default.CategoryView, cancellationToken);

    /// <summary>What happened to a brand, or null if nothing did.</summary>
    public Task<BrandView?> GetBrandAsync(string brand, CancellationToken cancellationToken = default) =>
        FindAsync($"/v1/brands/{Segment(brand)}", WireJson.Default.BrandView, cancellationToken);

    /// <summary>The visits to a page, or null if there were none.</summary>
    public Task<PageView?> GetPageAsync(string url, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(url);
        return FindAsync($"/v1/pages{Query(("url", url))}", WireJson.Default.PageView, cancellationToken);
    }

    /// <summary>A report as JSON, as described in the API document.</summary>
    public async Task<JsonElement> GetReportAsync(string name, CancellationToken cancellationToken = default)
    {
        var body = await _http.GetAsync($"/v1/reports/{Segment(name)}", false, cancellationToken).ConfigureAwait(false);
        return Answer.Read(body!, WireJson.Default.JsonElement);
    }

    /// <summary>A report as CSV with a header.</summary>
    public async Task<string> GetReportCsvAsync(string name, CancellationToken cancellationToken = default) =>
        Encoding.UTF8.GetString((await _http.GetAsync($"/v1/reports/{Segment(name)}?format=csv", false, cancellationToken).ConfigureAwait(false))!);

    /// <summary>Where the server stands.</summary>
    public async Task<ServerStatus> GetStatusAsync(CancellationToken cancellationToken = default) =>
        Answer.Read((await _http.GetAsync("/v1/status", false, cancellationToken).ConfigureAwait(false))!, WireJson.Default.ServerStatus);

    private async Task<T?> FindAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class =>
        await _http.GetAsync(path, true, cancellationToken).ConfigureAwait(false) is { } body ? Answer.Read(body, type) : null;

    private static string Segment(string id)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        return Uri.EscapeDataString(id);
    }

    private static string? Text(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string Query(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new StringBuilder();
        foreach (var (name, value) in parameters)
        {
            if (value is not null)
                query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
        return query.ToString();
    }
}
