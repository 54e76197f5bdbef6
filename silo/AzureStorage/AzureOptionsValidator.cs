using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.AzureStorage;

/// <summary>Checks <see cref="AzureOptions"/>, naming every error at once, and no secret.</summary>
public sealed partial class AzureOptionsValidator : IValidateOptions<AzureOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, AzureOptions options)
    {
        (string Option, bool Good, string Rule)[] rules =
        [
            (nameof(options.TablePrefix), Table().IsMatch(options.TablePrefix), "3 to 40 letters and digits, the first a letter"),
            (nameof(options.ContainerPrefix), Container().IsMatch(options.ContainerPrefix), "3 to 40 small letters, digits, and single hyphens between them"),
            (nameof(options.TryTimeout), Within(options.TryTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10)), "100 ms to ten minutes"),
            (nameof(options.MaxRetries), options.MaxRetries is >= 0 and <= 20, "0 to 20"),
            (nameof(options.RetryDelay), Within(options.RetryDelay, TimeSpan.FromMilliseconds(1), options.MaxRetryDelay), "at least a millisecond, and at most MaxRetryDelay"),
            (nameof(options.MaxRetryDelay), Within(options.MaxRetryDelay, TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5)), "a millisecond to five minutes"),
            (nameof(options.MaxQueuedWrites), options.MaxQueuedWrites >= 100, "at least 100"),
            (nameof(options.LakeCacheBytes), options.LakeCacheBytes >= 1 << 20, "at least 1,048,576 bytes"),
            (nameof(options.LakeCacheKeep), Within(options.LakeCacheKeep, TimeSpan.Zero, TimeSpan.FromDays(7)), "zero to seven days"),
        ];
        var errors = rules.Where(rule => !rule.Good).Select(rule => $"Azure:{rule.Option} must be {rule.Rule}").Concat(AccountErrors(options)).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> AccountErrors(AzureOptions options)
    {
        var hasAddress = !string.IsNullOrEmpty(options.TableUri) || !string.IsNullOrEmpty(options.BlobUri);
        if (!string.IsNullOrEmpty(options.ConnectionString))
        {
            if (hasAddress)
            {
                yield return "Azure:ConnectionString and the addresses Azure:TableUri and Azure:BlobUri exclude each other";
            }

            if (!IsConnectionString(options.ConnectionString))
            {
                yield return "Azure:ConnectionString is not the connection string of a storage account";
            }

            yield break;
        }

        if (!hasAddress)
        {
            yield return "Azure:ConnectionString is missing, or Azure:TableUri and Azure:BlobUri for access with an Entra token";
            yield break;
        }

        foreach (var (option, address) in ((string, string?)[])[(nameof(options.TableUri), options.TableUri), (nameof(options.BlobUri), options.BlobUri)])
        {
            // A token that goes over plain HTTP is anybody's.
            if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps || uri.Query.Length > 0)
            {
                yield return $"Azure:{option} must be an https address without a query";
            }
        }
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            _ = new TableServiceClient(text);
            _ = new BlobServiceClient(text);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidOperationException or UriFormatException)
        {
            return false;
        }
    }

    private static bool Within(TimeSpan value, TimeSpan least, TimeSpan most) => value >= least && value <= most;

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]{2,39}$")]
    private static partial Regex Table();

    [GeneratedRegex("^(?=.{3,40}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex Container();
}
