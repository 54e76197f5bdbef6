using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Http;

/// <summary>The real node in this process, with embedded storage in a folder of its own and HTTP on a free port.</summary>
public class ServedShop : IAsyncLifetime
{
    private readonly StorageFolder _folder = new();
    private WebApplication? _app;
    private Uri? _address;
    private string? _data;

    /// <summary>The key that requests must carry, if any.</summary>
    protected virtual string? ApiKey => null;

    /// <summary>Further configuration, as on the command line.</summary>
    protected virtual IReadOnlyList<string> Configuration => [];

    public HttpClient Http { get; } = new();

    public Uri Address => _address!;

    /// <summary>What the node is made of.</summary>
    public IServiceProvider Services => _app!.Services;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public virtual async ValueTask InitializeAsync()
    {
        _data = _folder.Next();
        await StartAsync();
    }

    /// <summary>Stops the node and starts it again on its data folder, which may be changed in between.</summary>
    public async Task RestartAsync(Action<string>? change = null)
    {
        await _app!.StopAsync();
        await _app.DisposeAsync();
        change?.Invoke(_data!);
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Http.Dispose();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        _folder.Dispose();
    }

    private async Task StartAsync()
    {
        _app = SiloHost.Build(new SiloSettings { DataFolder = _data!, Urls = "http://127.0.0.1:0", ApiKey = ApiKey, Configuration = Configuration }, Change);
        await _app.StartAsync();
        _address = new Uri(_app.Urls.Single());
    }

    /// <summary>Puts services of the test's own in place of the real ones.</summary>
    protected virtual void Change(IServiceCollection services)
    {
    }

    /// <summary>Posts a text to <c>/v1/events</c>.</summary>
    public Task<HttpAnswer> PostAsync(string text, string type, string query = "") => PostAsync(Encoding.UTF8.GetBytes(text), type, query);

    /// <summary>Posts bytes to <c>/v1/events</c>.</summary>
    public async Task<HttpAnswer> PostAsync(byte[] body, string? type, string query = "", string? encoding = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        using var response = await Http.PostAsync(new Uri(Address, "/v1/events" + query), content, Token);
        return await HttpAnswer.OfAsync(response);
    }

    /// <summary>Sends a request with another verb.</summary>
    public async Task<HttpAnswer> SendAsync(HttpMethod method, string path, string? body = null, string type = "application/json")
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, type);
        using var response = await Http.SendAsync(request, Token);
        return await HttpAnswer.OfAsync(response);
    }

    /// <summary>Asks for a path.</summary>
    public async Task<HttpAnswer> GetAsync(string path)
    {
        using var response = await Http.GetAsync(new Uri(Address, path), Token);
        return await HttpAnswer.OfAsync(response);
    }

    /// <summary>Waits until everything that was acknowledged is applied; answers the status of then.</summary>
    public Task<JsonElement> QuietAsync() => Eventually.IsAsync(
        async () => (await GetAsync("/v1/status")).Json,
        status => status.GetProperty("ready").GetBoolean() && status.GetProperty("totals").GetProperty("lag").GetInt64() == 0,
        "the status to be ready and without lag");

    /// <summary>A report that has everything the log has: an answer may be shared for a moment, and says what it is as of.</summary>
    public async Task<HttpAnswer> FreshReportAsync(string name, string query = "")
    {
        var status = await QuietAsync();
        var end = string.Join(',', status.GetProperty("partitions").EnumerateArray().Select(one => $"{one.GetProperty("partition")}:{one.GetProperty("end")}"));
        return await Eventually.IsAsync(
            () => GetAsync($"/v1/reports/{name}{query}"), answer => answer.Headers.GetValueOrDefault("X-As-Of") == end, $"the report {name} as of {end}");
    }
}

/// <summary>An answer, read to its end.</summary>
public sealed record HttpAnswer(HttpStatusCode Status, string? Type, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonDocument.Parse(Text).RootElement;

    public static async Task<HttpAnswer> OfAsync(HttpResponseMessage response) => new(
        response.StatusCode,
        response.Content.Headers.ContentType?.MediaType,
        await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
        response.Headers.ToDictionary(header => header.Key, header => string.Join(',', header.Value), StringComparer.OrdinalIgnoreCase));

    /// <summary>Asserts a problem-details answer and gives its text.</summary>
    public string AssertProblem(HttpStatusCode expected)
    {
        Assert.True(Status == expected, $"{Status} instead of {expected}: {Text}");
        Assert.Equal("application/problem+json", Type);
        Assert.Equal((int)expected, Json.GetProperty("status").GetInt32());
        Assert.NotEqual("", Json.GetProperty("title").GetString());
        return Text;
    }
}
