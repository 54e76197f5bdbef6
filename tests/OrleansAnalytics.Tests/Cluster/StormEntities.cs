using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Core;
using Orleans.Storage;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>
/// Every user, product, category and brand of a shop: what the oracle says of it, what is stored of it, and what its grain answers. The two are told apart:
/// a wrong state is a loss, a wrong answer over a right state comes from an activation that has not heard of it.
/// </summary>
/// <param name="oracle">What should be.</param>
/// <param name="storage">What is really stored.</param>
/// <param name="cluster">Whom to ask.</param>
internal sealed class StormEntities(BatchOracle oracle, IGrainStorage storage, ShopCluster cluster)
{
    private const string StateName = "entity";
    private const int DifferencesShown = 5;

    /// <summary>Everything is stored as the oracle says. Looked at once and not until it is right.</summary>
    public async Task AssertStoredAsync()
    {
        var wrong = new List<Entity>();
        foreach (var entity in All())
        {
            if (Difference(entity.Expected, await entity.StoredAsync()) is not null)
            {
                wrong.Add(entity);
            }
        }

        await AssertNoneAsync(wrong, "stored");
    }

    /// <summary>Every grain answers as the oracle says. Asked once and not until it is right; a question that fails is asked again.</summary>
    public async Task AssertAnswersAsync()
    {
        var answers = await Task.WhenAll(All().Select(async entity => (Entity: entity, Answer: await Eventually.IsAsync(entity.AskAsync, _ => true, "an answer"))));
        await AssertNoneAsync([.. answers.Where(one => Difference(one.Entity.Expected, one.Answer) is not null).Select(one => one.Entity with { Answer = one.Answer })], "answered");
    }

    private IEnumerable<Entity> All() =>
    [
        .. oracle.Journeys.Select(journey => User(journey.Key, journey.Value)),
        .. Groups(EntityKind.Product, row => row.Product, options => new ProductFold(options), fold => fold.ToView("")?.Activity, id => cluster.Grains.GetGrain<IProductGrain>(id), async grain => (await grain.GetAsync())?.Activity),
        .. Groups(EntityKind.Category, row => row.Category, options => new CategoryFold(options), fold => fold.ToView("")?.Activity, id => cluster.Grains.GetGrain<ICategoryGrain>(id), async grain => (await grain.GetAsync())?.Activity),
        .. Groups(EntityKind.Brand, row => row.Brand, options => new BrandFold(options), fold => fold.ToView("")?.Activity, id => cluster.Grains.GetGrain<IBrandGrain>(id), async grain => (await grain.GetAsync())?.Activity),
    ];

    private Entity User(string id, OracleJourney journey)
    {
        var grain = cluster.Grains.GetGrain<IUserGrain>(id);
        return new Entity(
            new EntityKey(EntityKind.User, id),
            grain,
            journey.ToJson(),
            async () => Answers.Golden((await StoredAsync(grain, new JourneyFold(Option<JourneyOptions>()))).ToJourney(id)),
            async () => Answers.Golden(await grain.GetJourneyAsync(null, null)));
    }

    private IEnumerable<Entity> Groups<TGrain, TFold>(
        EntityKind kind, Func<OracleRow, string?> keyOf, Func<CatalogOptions, TFold> empty, Func<TFold, Activity?> told, Func<string, TGrain> grainOf, Func<TGrain, Task<Activity?>> ask)
        where TGrain : IEntityGrain
        where TFold : EntityFold =>
        from rows in oracle.Accepted.Where(row => keyOf(row) is not null).GroupBy(row => keyOf(row)!)
        let grain = grainOf(rows.Key)
        select new Entity(
            new EntityKey(kind, rows.Key),
            grain,
            Json(rows.CountBy(row => row.Kind).Select(one => (one.Key, (long)one.Value)), rows.Where(row => row.Kind == EventKind.Purchase).Sum(row => row.Price)),
            async () => Json(told(await StoredAsync(grain, empty(Option<CatalogOptions>())))),
            async () => Json(await ask(grain)));

    private async Task<TFold> StoredAsync<TFold>(IEntityGrain grain, TFold empty)
        where TFold : EntityFold
    {
        var stored = new GrainState<EntityState<TFold>>(new EntityState<TFold>(empty));
        await storage.ReadStateAsync(StateName, grain.GetGrainId(), stored);
        return stored.State!.Fold;
    }

    private async Task AssertNoneAsync(IReadOnlyCollection<Entity> wrong, string how)
    {
        if (wrong.Count > 0)
        {
            var described = await Task.WhenAll(wrong.Take(DifferencesShown).Select(DescribeAsync));
            Assert.Fail($"{wrong.Count} entities are not {how} as the oracle says:{Environment.NewLine}{string.Join(Environment.NewLine, described)}");
        }
    }

    private async Task<string> DescribeAsync(Entity entity)
    {
        var activations = cluster.Orleans.Silos
            .Where(silo => silo.IsActive && silo.ServiceProvider.GetRequiredService<LocalEntities>().Find(entity.Key) is not null)
            .Select(silo => silo.SiloAddress);
        var answer = entity.Answer ?? await entity.AskAsync();
        var known = await cluster.Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(entity.Grain);
        return $"""
            {entity.Key}: expected {entity.Expected.ToJsonString()}
              stored   {Difference(entity.Expected, await entity.StoredAsync()) ?? "as expected"}
              answered {Difference(entity.Expected, answer) ?? "as expected"}
              active on {string.Join(", ", activations)}; the directory says {known?.ToString() ?? "nowhere"}
            """;
    }

    private TOptions Option<TOptions>()
        where TOptions : class => cluster.Orleans.Silos.First(silo => silo.IsActive).ServiceProvider.GetRequiredService<IOptions<TOptions>>().Value;

    private static string? Difference(JsonNode expected, JsonNode? actual) =>
        JsonEquality.Difference(JsonSerializer.SerializeToElement(expected), JsonSerializer.SerializeToElement(actual));

    private static JsonObject? Json(Activity? activity) => activity is null ? null : Json(activity.Kinds.Select(kind => (kind.Key, kind.Value)), activity.Revenue.Amount);

    private static JsonObject Json(IEnumerable<(EventKind Kind, long Count)> kinds, decimal revenue) => new()
    {
        ["kinds"] = new JsonObject(kinds.Where(kind => kind.Count > 0).Select(kind => KeyValuePair.Create(kind.Kind.Name(), (JsonNode?)kind.Count))),
        ["revenue"] = revenue,
    };

    private sealed record Entity(EntityKey Key, IEntityGrain Grain, JsonObject Expected, Func<Task<JsonObject?>> StoredAsync, Func<Task<JsonObject?>> AskAsync)
    {
        /// <summary>What it answered, if it was asked.</summary>
        public JsonObject? Answer { get; init; }
    }
}
