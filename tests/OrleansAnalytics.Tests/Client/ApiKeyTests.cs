using System.Net;
using OrleansAnalytics.Cli;
using OrleansAnalytics.Client;
using Xunit;

namespace OrleansAnalytics.Tests.Client;

public sealed class ApiKeyTests : IDisposable
{
    private const string Key = "correct-horse-battery";
    private readonly KeyReader _server = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Every_request_carries_the_key()
    {
        using var client = new AnalyticsClient(new AnalyticsClientOptions { ApiKey = Key, MaxRetries = 0 }, _server);
        await Assert.ThrowsAsync<AnalyticsRequestException>(() => client.GetStatusAsync(Cancel));
        await Assert.ThrowsAsync<SendFailedException>(() => client.UploadAsync(new MemoryStream("a\n1\n"u8.ToArray()), RecordFormat.Csv, "a.csv", cancellationToken: Cancel));
        Assert.Equal([Key, Key], _server.Keys);
    }

    [Fact]
    public async Task Without_a_key_none_is_sent()
    {
        using var client = new AnalyticsClient(new AnalyticsClientOptions { MaxRetries = 0 }, _server);
        await Assert.ThrowsAsync<AnalyticsRequestException>(() => client.GetStatusAsync(Cancel));
        Assert.Equal([null], _server.Keys);
    }

    [Fact]
    public async Task A_refused_key_is_explained_and_not_shown()
    {
        using var client = new AnalyticsClient(new AnalyticsClientOptions { ApiKey = Key, MaxRetries = 0 }, _server);
        var refused = await Assert.ThrowsAsync<AnalyticsRequestException>(() => client.GetStatusAsync(Cancel));
        Assert.Contains("--key", CommandLine.Explain(refused), StringComparison.Ordinal);
        Assert.DoesNotContain(Key, CommandLine.Explain(refused) + refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("line\r\nX-Injected: yes")]
    [InlineData("schlüssel")]
    public void A_key_that_no_header_can_carry_is_refused_without_being_shown(string key)
    {
        var error = Assert.Throws<ArgumentException>(() => new AnalyticsClient(new AnalyticsClientOptions { ApiKey = key }, _server));
        Assert.Contains("ApiKey", error.Message, StringComparison.Ordinal);
        Assert.False(key.Length > 0 && error.Message.Contains(key, StringComparison.Ordinal), error.Message);
    }

    [Fact]
    public void Every_verb_that_talks_to_a_server_takes_a_key() =>
        Assert.All(
            CommandLine.Root().Subcommands.Where(verb => verb.Name is not ("generate" or "import" or "lake" or "pages" or "spend" or "download")),
            verb => Assert.Contains(verb.Options, option => option.Name == "--key"));

    /// <summary>Refuses every request and remembers its key.</summary>
    private sealed class KeyReader : HttpMessageHandler
    {
        public List<string?> Keys { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Keys.Add(request.Headers.TryGetValues("X-Api-Key", out var keys) ? string.Join(',', keys) : null);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.Unauthorized) { Content = new StringContent("""{"title":"A key is needed"}""") });
        }
    }
}
