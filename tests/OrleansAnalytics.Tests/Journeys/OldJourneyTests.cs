using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Client;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Http;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Journeys;

/// <summary>The real node, whose user grains keep less than the users did: what is older comes from the lake.</summary>
public sealed class OldJourneyTests(OldJourneyTests.Shop shop) : IClassFixture<OldJourneyTests.Shop>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_period_of_any_user_is_answered_as_if_everything_were_kept() =>
        await Gen.Select(Gen.Int[0, shop.Busy.Count - 1], Gen.Long[-30_000, 900_000_000], Gen.Long[0, 900_000_000]).SampleAsync(
            async (user, after, length) =>
            {
                var id = shop.Busy[user];
                var journey = shop.File.Oracle.Journeys[id];
                var from = DateTimeOffset.FromUnixTimeMilliseconds(journey.Steps[0].TimeMs + after);
                var to = from.AddMilliseconds(length);
                var answer = (await shop.GetAsync($"/v1/users/{id}/journey?from={Text(from)}&to={Text(to)}")).Json;
                Assert.Equal(
                    StepsOf(journey).Where(step => Time(step) >= from && Time(step) < to).Select(step => step!.ToJsonString()),
                    answer.GetProperty("steps").EnumerateArray().Select(step => JsonNode.Parse(step.GetRawText())!.ToJsonString()));
                Assert.False(answer.GetProperty("truncated").GetBoolean(), answer.GetRawText());
                Assert.Equal(
                    answer.GetProperty("steps").GetArrayLength(), answer.GetProperty("sessionList").EnumerateArray().Sum(session => session.GetProperty("steps").GetArrayLength()));
            },
            iter: 60,
            threads: 1);

    [Fact]
    public async Task From_the_beginning_on_the_sessions_are_whole_and_all_there()
    {
        using var client = new AnalyticsClient(new AnalyticsClientOptions { BaseAddress = shop.Address });
        foreach (var id in shop.Busy)
        {
            var expected = shop.File.Oracle.Journeys[id];
            var journey = (await client.GetJourneyAsync(id, DateTimeOffset.UnixEpoch, null, Token))!;
            Assert.NotNull(journey.KeptFrom);
            Assert.Null(journey.LakeNote);
            Assert.Equal(expected.Steps.Count, journey.Steps.Count);
            Assert.Equal(expected.Sessions, journey.SessionList.Count);
            Assert.All(journey.SessionList, session => Assert.Equal((session.Events, session.Start, session.End), (session.Steps.Count, session.Steps[0].Time, session.Steps[^1].Time)));
        }
    }

    [Fact]
    public async Task Without_a_begin_the_answer_is_what_the_grain_keeps()
    {
        var journey = (await shop.GetAsync($"/v1/users/{shop.Busy[0]}/journey")).Json;
        Assert.True(journey.GetProperty("truncated").GetBoolean());
        Assert.Equal(Shop.Kept, journey.GetProperty("sessionList").GetArrayLength());
        Assert.False(journey.TryGetProperty("lakeNote", out _));
    }

    [Fact]
    public async Task When_the_lake_cannot_be_read_the_rest_is_answered_and_the_answer_says_so()
    {
        var folder = shop.Services.GetRequiredService<LakeFolder>();
        var broken = folder.PathOfManifest("import-broken");
        await File.WriteAllTextAsync(broken, "{", Token);
        try
        {
            var answer = await shop.GetAsync($"/v1/users/{shop.Busy[0]}/journey?from=2000-01-01");
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.True(answer.Json.GetProperty("truncated").GetBoolean());
            Assert.Contains("are missing", answer.Json.GetProperty("lakeNote").GetString(), StringComparison.Ordinal);
            Assert.Equal(Shop.Kept, answer.Json.GetProperty("sessionList").GetArrayLength());

            // A period that the grain keeps does not even look.
            var recent = (await shop.GetAsync($"/v1/users/{shop.Busy[0]}/journey?from={answer.Json.GetProperty("keptFrom").GetString()}")).Json;
            Assert.False(recent.TryGetProperty("lakeNote", out _));
        }
        finally
        {
            File.Delete(broken);
        }
    }

    private static IEnumerable<JsonNode?> StepsOf(OracleJourney journey) => JsonNode.Parse(JsonSerializer.Serialize(journey.ToJson()))!["steps"]!.AsArray().Select(Normal);

    /// <summary>As the server writes prices.</summary>
    private static JsonNode? Normal(JsonNode? step)
    {
        var copy = step!.DeepClone().AsArray();
        copy[3] = JsonNode.Parse(copy[3]!.GetValue<decimal>().ToString("0.0###", CultureInfo.InvariantCulture));
        return copy;
    }

    private static DateTimeOffset Time(JsonNode? step) => DateTimeOffset.Parse(step![0]!.GetValue<string>(), CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>A node that has taken a generated file in two orders of time, with a restart between.</summary>
    public sealed class Shop : ServedShop
    {
        public const int Kept = 2;

        internal GeneratedFile File { get; } = new(events: 6_000, seed: 11, days: 8);

        /// <summary>Users with more sessions than are kept.</summary>
        public IReadOnlyList<string> Busy { get; private set; } = [];

        protected override IReadOnlyList<string> Configuration => ["--Journeys:MaxSessionsKept", "2", "--Journeys:MaxStepsPerSession", "4", "--Log:Partitions", "3"];

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Busy = [.. File.Oracle.Journeys.Where(user => user.Value.Sessions > Kept).OrderByDescending(user => user.Value.Sessions).Take(20).Select(user => user.Key)];
            Assert.NotEmpty(Busy);

            // The later half first: what comes then is late for most users, and dropped as it comes.
            var half = File.Rows / 2;
            await SendAsync(File.Lines.Skip(1 + half));
            await RestartAsync();
            await SendAsync(File.Lines.Skip(1).Take(half));
        }

        private async Task SendAsync(IEnumerable<string> rows)
        {
            await PostAsync(string.Join('\n', rows.Prepend(File.Lines[0])), "text/csv");
            await QuietAsync();
        }
    }
}
