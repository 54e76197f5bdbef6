using System.Net;
using System.Text;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Hosting.Profiles;
using Xunit;

namespace OrleansAnalytics.Tests.Http;

public sealed class ApiKeyTests(ApiKeyTests.LockedShop shop) : IClassFixture<ApiKeyTests.LockedShop>
{
    private const string Key = "a-key:of-more-than-16-letters";

    [Theory]
    [InlineData("/v1/status")]
    [InlineData("/v1/reports/brands")]
    [InlineData("/v1/users/u/journey")]
    [InlineData("/v1/dead-letters")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/orleans")]
    [InlineData("/v1/nowhere")]
    [InlineData("/healthy")]
    public async Task Without_the_key_nothing_is_told(string path)
    {
        var answer = await AskAsync(path, null, null);
        answer.AssertProblem(HttpStatusCode.Unauthorized);
        Assert.StartsWith("Basic realm=", answer.Headers["WWW-Authenticate"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_key_nothing_is_taken()
    {
        (await shop.PostAsync("event_time,event_type,product_id,user_id\n", "text/csv")).AssertProblem(HttpStatusCode.Unauthorized);
        var status = await AskAsync("/v1/status", "X-Api-Key", Key);
        Assert.Equal(0, status.Json.GetProperty("totals").GetProperty("end").GetInt64());
    }

    [Theory]
    [InlineData("X-Api-Key", Key)]
    [InlineData("Authorization", "Bearer " + Key)]
    [InlineData("Authorization", "bearer " + Key)]
    public async Task With_the_key_everything_is_told(string header, string value)
    {
        // With the slash: following the redirect from /orleans, the client would leave the Authorization header behind.
        foreach (var path in new[] { "/v1/status", "/v1/reports/brands", "/openapi/v1.json", "/orleans/" })
        {
            var answer = await AskAsync(path, header, value);
            Assert.True(answer.Status == HttpStatusCode.OK, $"{path} answered {answer.Status}");
        }
    }

    [Fact]
    public async Task Browsers_send_the_key_as_the_password_of_any_name()
    {
        var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes("anyone:" + Key));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("/v1/status", "Authorization", "Basic " + credentials)).Status);
    }

    [Theory]
    [InlineData("X-Api-Key", "another key of 16 letters")]
    [InlineData("Authorization", "Bearer another key of 16 letters")]
    [InlineData("Authorization", "Basic no-base64")]
    [InlineData("Authorization", "Basic YW55b25l")]
    [InlineData("Authorization", "Basic YW55b25lOndyb25n")]
    [InlineData("Authorization", "Digest " + Key)]
    public async Task A_wrong_key_is_no_key(string header, string value) =>
        (await AskAsync("/v1/status", header, value)).AssertProblem(HttpStatusCode.Unauthorized);

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_is_told_to_everyone(string path)
    {
        var answer = await Eventually.IsAsync(() => AskAsync(path, null, null), one => one.Status != HttpStatusCode.ServiceUnavailable, "the node to be ready");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080", null, "no key is set")]
    [InlineData("http://127.0.0.1:8080;http://[::]:8080", null, "http://[::]:8080 can be reached from other machines")]
    [InlineData("http://shop.example:80", "", "no key is set")]
    [InlineData("http://*:80", null, "http://*:80")]
    [InlineData("http://0.0.0.0:8080", "short", "shorter than 16")]
    [InlineData("8080", Key, "'8080' is not a URL")]
    public void Settings_that_would_leave_the_node_open_are_refused(string urls, string? key, string says)
    {
        var settings = new SiloSettings { DataFolder = "unused", Urls = urls, ApiKey = key };
        Assert.Contains(says, Assert.Single(settings.Errors()), StringComparison.Ordinal);
        Assert.Contains(says, Assert.Throws<InvalidSettingsException>(() => SiloHost.Build(settings)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:0", null)]
    [InlineData("http://[::1]:0;http://localhost:0", null)]
    [InlineData("http://0.0.0.0:8080", Key)]
    public void Settings_that_keep_it_closed_are_taken(string urls, string? key) =>
        Assert.Empty(new SiloSettings { DataFolder = "unused", Urls = urls, ApiKey = key }.Errors());

    private async Task<HttpAnswer> AskAsync(string path, string? header, string? value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(shop.Address, path));
        if (header is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(header, value));
        }

        using var response = await shop.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return await HttpAnswer.OfAsync(response);
    }

    /// <summary>A node that asks for a key.</summary>
    public sealed class LockedShop : ServedShop
    {
        protected override string? ApiKey => Key;
    }
}
