using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;
using Orleans.Storage;
using Orleans.TestingHost;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Pages;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Placement;
using Xunit;

namespace OrleansAnalytics.Tests.Journeys;

public sealed class EntityEndpointsTests(EntityEndpointsTests.House house) : IClassFixture<EntityEndpointsTests.House>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_journey_is_answered_and_survives_deactivation()
    {
        var user = house.Grains.GetGrain<IUserGrain>("u/1");
        var events = new[] { At(1, EventKind.View, "17200513"), At(2, EventKind.Cart, "17200513") };
        Assert.Equal(SliceAnswer.Applied, await user.ApplyAsync(SliceOf(events)));
        Assert.Equal(new FlushAnswer(false, 2), await user.FlushAsync(0, 2));
        await house.DeactivateAllAsync();

        var journey = await house.Http.GetFromJsonAsync<JsonElement>("/v1/users/u%2F1/journey?from=2019-10-01T00:00:02Z", Token);

        Assert.Equal("u/1", journey.GetProperty("userId").GetString());
        Assert.Equal(2, journey.GetProperty("events").GetInt32());
        Assert.Equal("""[["2019-10-01T00:00:02Z","cart","17200513",0.0]]""", journey.GetProperty("steps").GetRawText());
    }

    [Fact]
    public async Task Products_categories_brands_and_pages_are_answered_as_camel_case_with_kinds_as_on_the_wire()
    {
        var events = new[] { At(1, EventKind.RemoveFromCart, "p") with { Brand = "b", CategoryId = "c", Price = new Money(332_000) } };
        await house.Grains.GetGrain<IProductGrain>("p").ApplyAsync(SliceOf(events));
        await house.Grains.GetGrain<ICategoryGrain>("c").ApplyAsync(SliceOf(events));
        await house.Grains.GetGrain<IBrandGrain>("b & co").ApplyAsync(SliceOf(events));
        await house.Grains.GetGrain<IPageGrain>("https://shop/x?y=z").ApplyAsync(SliceOf([At(1, EventKind.Page, "x")]));

        Assert.StartsWith(
            """{"productId":"p","categoryId":"c","categoryCode":null,"brand":"b","lastPrice":33.2,"activity":{"events":1,"kinds":{"remove_from_cart":1},"revenue":0.0,"firstSeen":"2019-10-01T00:00:01Z",""",
            await house.Http.GetStringAsync("/v1/products/p", Token),
            StringComparison.Ordinal);
        var category = await house.Http.GetFromJsonAsync<JsonElement>("/v1/categories/c", Token);
        Assert.Equal("""[{"productId":"p","events":1}]""", category.GetProperty("topProducts").GetRawText());
        var brand = await house.Http.GetFromJsonAsync<BrandView>("/v1/brands/b%20%26%20co", Token);
        Assert.Equal(1, brand!.Activity.Kinds[EventKind.RemoveFromCart]);
        Assert.Equal(
            """{"url":"https://shop/x?y=z","visits":1,"totalSeconds":1.5,"averageSeconds":1.5,"firstSeen":"2019-10-01T00:00:01Z","lastSeen":"2019-10-01T00:00:01Z"}""",
            await house.Http.GetStringAsync("/v1/pages?url=https%3A%2F%2Fshop%2Fx%3Fy%3Dz", Token));
    }

    [Theory]
    [InlineData("/v1/users/nobody/journey")]
    [InlineData("/v1/products/nobody")]
    [InlineData("/v1/categories/nobody")]
    [InlineData("/v1/brands/nobody")]
    [InlineData("/v1/pages?url=nobody")]
    public async Task Who_is_unknown_is_named_in_a_problem(string path)
    {
        using var response = await house.Http.GetAsync(path, Token);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("'nobody'", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_unknown_does_not_stay_active()
    {
        Assert.Null(await house.Grains.GetGrain<IUserGrain>("stranger").GetJourneyAsync(null, null));
        Assert.Null(await house.Grains.GetGrain<IProductGrain>("stranger").GetAsync());
        Assert.Null(await house.Grains.GetGrain<ICategoryGrain>("stranger").GetAsync());
        Assert.Null(await house.Grains.GetGrain<IBrandGrain>("stranger").GetAsync());
        Assert.Null(await house.Grains.GetGrain<IPageGrain>("stranger").GetAsync());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        string[] active;
        while ((active = await house.ActiveAsync("stranger")).Length > 0)
        {
            Assert.False(limit.IsCancellationRequested, $"waited for {string.Join(", ", active)} to deactivate");
            await Task.Yield();
        }
    }

    [Fact]
    public async Task What_cannot_be_asked_is_a_bad_request()
    {
        var id = new string('x', 257);
        string[] paths =
        [
            "/v1/users/u/journey?from=yesterday", "/v1/users/u/journey?to=1", "/v1/users/u/journey?from=2019-10-02&to=2019-10-01", $"/v1/users/{id}/journey",
            $"/v1/products/{id}", $"/v1/categories/{id}", $"/v1/brands/{id}", "/v1/pages", "/v1/pages?url=" + new string('x', 2049),
        ];
        foreach (var path in paths)
        {
            using var response = await house.Http.GetAsync(path, Token);
            Assert.True(response.StatusCode == HttpStatusCode.BadRequest, $"{path} answered {response.StatusCode}");
        }
    }

    private static ShopEvent At(int second, EventKind kind, string subject) => RandomEvents.Event(RandomEvents.StartMs + (second * 1000L), kind, subject);

    private static Slice SliceOf(ShopEvent[] events) => new(0, 0, events.Select((e, i) => new PositionedEvent(i + 1, e)).ToArray());

    /// <summary>A silo with the real grains over a storage of bytes, and the real routes in front of it.</summary>
    public sealed class House : IAsyncLifetime
    {
        private InProcessTestCluster? _cluster;
        private WebApplication? _web;

        public HttpClient Http { get; } = new();

        public IGrainFactory Grains => _cluster!.Client;

        public async ValueTask InitializeAsync()
        {
            var builder = new InProcessTestClusterBuilder(1);
            builder.ConfigureSilo((_, silo) =>
            {
                silo.Services.AddHomePlacement();
                silo.Services.AddEntities().AddSingleton<JourneyQuestions>().AddSingleton<IEventLog>(new InMemoryEventLog(new EventLogOptions(), TimeProvider.System));
                silo.Services.AddKeyedSingleton<IGrainStorage>(GrainTypes.EntityStorage, new StoredBytes());
            });
            _cluster = builder.Build();
            await _cluster.DeployAsync();
            var web = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            web.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
            var silo = _cluster.Silos[0].ServiceProvider;
            web.Services.AddRouting().AddSingleton(silo.GetRequiredService<EntityReferences>()).AddSingleton(silo.GetRequiredService<JourneyQuestions>());
            web.Services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
            _web = web.Build();
            _web.MapJourneys().MapCatalog().MapPages();
            await _web.StartAsync();
            Http.BaseAddress = new Uri(_web.Urls.Single());
        }

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await _web!.DisposeAsync();
            await _cluster!.DisposeAsync();
        }

        public async Task<string[]> ActiveAsync(string key) =>
            (await Grains.GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics())
                .Select(s => s.GrainId.ToString()).Where(id => id.EndsWith("/" + key, StringComparison.Ordinal)).ToArray();

        public Task DeactivateAllAsync() => Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
    }

    /// <summary>Keeps what a grain writes as bytes, so that what is read is really what was stored.</summary>
    private sealed class StoredBytes : IGrainStorage
    {
        private readonly ConcurrentDictionary<GrainId, byte[]> _stored = new();

        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            if (_stored.TryGetValue(grainId, out var bytes))
            {
                ((IStoredState)grainState.State!).ReadFrom(bytes);
                grainState.RecordExists = true;
            }

            return Task.CompletedTask;
        }

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            var output = new ArrayBufferWriter<byte>();
            ((IStoredState)grainState.State!).WriteTo(output);
            _stored[grainId] = output.WrittenSpan.ToArray();
            grainState.RecordExists = true;
            return Task.CompletedTask;
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();
    }
}
