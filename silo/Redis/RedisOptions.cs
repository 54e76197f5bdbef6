using System.Net;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace OrleansAnalytics.Redis;

/// <summary>Where Redis is, and how long it is waited for. Needed if clustering is on Redis.</summary>
public sealed class RedisOptions
{
    /// <summary>
    /// How to connect, as StackExchange.Redis reads it (<c>redis.example:6380,ssl=true,password=…</c>); the times below count instead of those in it. A secret: set
    /// <c>Redis__ConnectionString</c> in the environment. Default null.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>How long one try to connect may take, at start and when the connection is lost. Default 5 seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer may take, a reconnect included; then the command fails. Default 5 seconds.</summary>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>Checks <see cref="RedisOptions"/>; tells all errors at once, and no secret.</summary>
public sealed class RedisOptionsValidator : IValidateOptions<RedisOptions>
{
    private const string Example = "an example is redis.example:6380,ssl=true,password=…";
    private const string Unreadable = "cannot be read (its text is not shown, as it may hold a secret); ";
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RedisOptions options)
    {
        var errors = new List<string>();
        if (Complaint(options.ConnectionString) is { } complaint)
        {
            errors.Add($"Redis:{nameof(options.ConnectionString)} {complaint}");
        }

        (string Option, TimeSpan Value)[] times = [(nameof(options.ConnectTimeout), options.ConnectTimeout), (nameof(options.CommandTimeout), options.CommandTimeout)];
        errors.AddRange(times.Where(time => time.Value < Shortest || time.Value > Longest).Select(time => $"Redis:{time.Option} must be from 0.1 seconds to a minute"));
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    /// <summary>What is wrong with a connection string, without a word of it; null if nothing is.</summary>
    internal static string? Complaint(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return "is missing: set Redis__ConnectionString in the environment; " + Example;
        }

        // The driver would take what follows a comma in a password for a server, and then every message would name it.
        var parts = connectionString.Split(',', StringSplitOptions.RemoveEmptyEntries);
        if (parts.SkipWhile(part => !IsOption(part)).Any(part => !IsOption(part)))
        {
            return "has a server after an option, or a comma within one (its text is not shown, as it may hold a secret); " + Example;
        }

        try
        {
            var servers = ConfigurationOptions.Parse(connectionString).EndPoints;
            return servers.Count == 0 ? "names no server; " + Example
                : servers.OfType<DnsEndPoint>().Any(server => Uri.CheckHostName(server.Host) == UriHostNameType.Unknown) ? Unreadable + Example
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException or OverflowException)
        {
            // The message may quote a part of the password.
            return Unreadable + Example;
        }
    }

    private static bool IsOption(string part) => part.Contains('=', StringComparison.Ordinal);
}
