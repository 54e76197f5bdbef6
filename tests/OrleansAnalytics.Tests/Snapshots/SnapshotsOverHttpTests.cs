using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using OrleansAnalytics.Cli;
using OrleansAnalytics.Client;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Snapshots;
using OrleansAnalytics.Tests.Http;
using Xunit;

namespace OrleansAnalytics.Tests.Snapshots;

/// <summary>The real node, from events to files.</summary>
public sealed class SnapshotsOverHttpTests(ServedShop shop) : IClassFixture<ServedShop>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Closed_periods_are_written_and_late_events_and_restarts_change_what_they_should()
    {
        using var client = new AnalyticsClient(new AnalyticsClientOptions { BaseAddress = shop.Address, MaxRetries = 0, RequestTimeout = TimeSpan.FromMinutes(5) });
        await SendAsync(("2019-10-01T10:00:00Z", "u1"), ("2019-10-02T01:00:00Z", "u2"), ("2019-10-02T12:00:00Z", "u2"));
        await client.WriteLakeAsync(Token);
        Assert.Equal(["day 2019-10-01"], (await client.WriteSnapshotsAsync(PeriodKind.Day, cancellationToken: Token)).Written);
        var manifest = (await shop.GetAsync("/v1/snapshots/day/2019-10-01")).Json;
        Assert.Equal((1, 1), (manifest.GetProperty("events").GetInt32(), manifest.GetProperty("version").GetInt32()));
        Assert.Equal(8, manifest.GetProperty("positions").EnumerateObject().Count());
        foreach (var file in manifest.GetProperty("files").EnumerateObject())
        {
            var bytes = await shop.Http.GetByteArrayAsync(new Uri(shop.Address, $"/v1/snapshots/day/2019-10-01/{file.Name}"), Token);
            Assert.Equal(file.Value.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }

        var page = await shop.GetAsync("/v1/snapshots/day/2019-10-01/report.html");
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.Status, page.Type));
        Assert.Contains("default-src 'none'", page.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        (await shop.GetAsync("/v1/snapshots/day/2019-10-01/manifest.json")).AssertProblem(HttpStatusCode.NotFound);

        await SendAsync(("2019-10-01T11:00:00Z", "late"), ("2019-10-05T00:00:00Z", "u3"));
        await shop.RestartAsync();
        await shop.QuietAsync();
        using var again = new AnalyticsClient(new AnalyticsClientOptions { BaseAddress = shop.Address, MaxRetries = 0, RequestTimeout = TimeSpan.FromMinutes(5) });
        await again.WriteLakeAsync(Token);
        Assert.Equal(CommandLine.Success, await CommandLine.RunAsync(["snapshots", "write", "--url", shop.Address.ToString(), "--kind", "day"]));
        var days = await again.ListSnapshotsAsync(PeriodKind.Day, 10, Token);
        Assert.Equal([("2019-10-02", 1, 2L), ("2019-10-01", 2, 2L)], days.Select(day => (day.Period, day.Version, day.Events)));
        Assert.Equal(CommandLine.Success, await CommandLine.RunAsync(["snapshots", "list", "--url", shop.Address.ToString()]));
        var everything = await again.WriteSnapshotsAsync(cancellationToken: Token);
        Assert.All(everything.Written, period => Assert.StartsWith("hour ", period, StringComparison.Ordinal));
        Assert.Equal((4, 0, 0), (everything.Written.Count, everything.Failed.Count, everything.StillDue));
    }

    [Theory]
    [InlineData("/v1/snapshots/write?kind=week", "month")]
    [InlineData("/v1/snapshots/write?most=0", "most")]
    public async Task What_cannot_be_written_is_a_problem_that_says_why(string path, string says) =>
        Assert.Contains(says, (await shop.SendAsync(HttpMethod.Post, path)).AssertProblem(HttpStatusCode.BadRequest), StringComparison.Ordinal);

    private async Task SendAsync(params (string Time, string User)[] events)
    {
        var lines = events.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Time},view,p1,{one.User},s,9.99"));
        var answer = await shop.PostAsync("event_time,event_type,product_id,user_id,user_session,price\n" + string.Join('\n', lines) + "\n", "text/csv", $"?source={events[0].User}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        await shop.QuietAsync();
    }
}
