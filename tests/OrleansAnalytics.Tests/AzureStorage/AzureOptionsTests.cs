using Azure;
using OrleansAnalytics.AzureStorage;
using Xunit;

namespace OrleansAnalytics.Tests.AzureStorage;

public sealed class AzureOptionsTests
{
    private const string Account = "DefaultEndpointsProtocol=https;AccountName=shop;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net";

    [Fact]
    public void An_account_is_named_by_a_connection_string_or_by_two_addresses()
    {
        Assert.Empty(Errors(new AzureOptions { ConnectionString = Account }));
        Assert.Empty(Errors(new AzureOptions { TableUri = "https://shop.table.core.windows.net", BlobUri = "https://shop.blob.core.windows.net" }));
        Assert.Contains("Azure:ConnectionString is missing", Assert.Single(Errors(new AzureOptions())), StringComparison.Ordinal);
        Assert.Contains("exclude each other", Assert.Single(Errors(new AzureOptions { ConnectionString = Account, BlobUri = "https://shop.blob.core.windows.net" })), StringComparison.Ordinal);
        Assert.Contains("Azure:BlobUri must be an https address", Assert.Single(Errors(new AzureOptions { TableUri = "https://shop.table.core.windows.net" })), StringComparison.Ordinal);
        Assert.Equal(2, Errors(new AzureOptions { TableUri = "http://shop.table.core.windows.net", BlobUri = "https://shop.blob.core.windows.net?sig=x" }).Count);
    }

    [Fact]
    public void All_errors_are_told_at_once_and_no_secret()
    {
        var errors = Errors(new AzureOptions
        {
            ConnectionString = "AccountKey=c2VjcmV0",
            TablePrefix = "1",
            ContainerPrefix = "Shop",
            TryTimeout = TimeSpan.Zero,
            MaxRetries = -1,
            RetryDelay = TimeSpan.FromMinutes(1),
            MaxRetryDelay = TimeSpan.FromHours(1),
            MaxQueuedWrites = 1,
            LakeCacheBytes = 1,
            LakeCacheKeep = TimeSpan.FromDays(30),
        });
        Assert.Equal(9, errors.Count);
        Assert.DoesNotContain("c2VjcmV0", string.Concat(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(503, "ServerBusy", "too busy")]
    [InlineData(429, null, "too busy")]
    [InlineData(403, "AuthenticationFailed", "refuses access")]
    [InlineData(403, "AccountIsDisabled", "is disabled")]
    [InlineData(507, "InsufficientStorage", "is full")]
    [InlineData(404, "TableNotFound", "is gone")]
    [InlineData(409, "TableBeingDeleted", "still being deleted")]
    [InlineData(413, "RequestBodyTooLarge", "too large")]
    [InlineData(500, "InternalError", "answered 500 InternalError")]
    [InlineData(0, null, "cannot be reached")]
    public void What_the_service_says_is_told_in_words(int status, string? code, string expected)
    {
        var told = AzureFailure.Explain(new AggregateException(new RequestFailedException(status, "sig=secret", code, null)), "it could not be written");
        Assert.StartsWith("it could not be written: ", told.Message, StringComparison.Ordinal);
        Assert.Contains(expected, told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_addresses_a_token_is_asked_for_only_when_it_is_needed() =>
        Assert.Equal("shop", new AzureConnection(new AzureOptions { TableUri = "https://shop.table.core.windows.net", BlobUri = "https://shop.blob.core.windows.net" }, null).Table("entities").AccountName);

    private static List<string> Errors(AzureOptions options) => [.. new AzureOptionsValidator().Validate(null, options).Failures ?? []];
}
