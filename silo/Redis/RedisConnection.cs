using System.Globalization;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace OrleansAnalytics.Redis;

/// <summary>
/// The connection to Redis that membership and reminders share; made when it is first asked for, and made again by itself when it is lost. Safe for concurrent use.
/// </summary>
public sealed partial class RedisConnection : IDisposable, IAsyncDisposable
{
    private const int ReconnectEveryMs = 1_000;
    private static readonly string[] Refusals = ["NOAUTH", "WRONGPASS", "NOPERM"];

    private readonly ILogger _logger;
    private readonly Lazy<Task<ConnectionMultiplexer>> _connected;
    private int _isAway;

    /// <summary>Prepares the connection; none is made yet.</summary>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public RedisConnection(RedisOptions options, ILogger<RedisConnection>? logger = null)
    {
        var valid = new RedisOptionsValidator().Validate(null, options);
        if (valid.Failed)
        {
            throw new OptionsValidationException(nameof(RedisOptions), typeof(RedisOptions), valid.Failures);
        }

        _logger = (ILogger?)logger ?? NullLogger.Instance;
        Configuration = ConfigurationOf(options);
        Name = $"Redis at {string.Join(", ", Configuration.EndPoints.Select(Shown))}";
        _connected = new Lazy<Task<ConnectionMultiplexer>>(ConnectAsync);
    }

    /// <summary>The server and its address, for messages.</summary>
    public string Name { get; }

    /// <summary>What the driver is told; it has the password.</summary>
    internal ConfigurationOptions Configuration { get; }

    /// <summary>The connection.</summary>
    /// <exception cref="RedisUnavailableException">There is none: the message says why, without secrets. It is not tried again.</exception>
    public async Task<IConnectionMultiplexer> GetAsync() => await _connected.Value;

    /// <summary>What of the server's settings could lose members and reminders, a line each; empty if nothing is known.</summary>
    /// <exception cref="RedisUnavailableException">It cannot be asked.</exception>
    public async Task<IReadOnlyList<string>> WorriesAsync()
    {
        var database = (await GetAsync()).GetDatabase();
        try
        {
            // The driver's own ping asks no database; this one also finds that there is none of this number.
            await database.ExecuteAsync("PING");
        }
        catch (Exception exception) when (exception is RedisException or RedisCommandException or TimeoutException)
        {
            throw new RedisUnavailableException($"{Name} {Trouble(exception)}", exception);
        }

        try
        {
            return RedisWorries.In((string?)await database.ExecuteAsync("INFO") ?? "");
        }
        catch (Exception exception) when (exception is RedisServerException or RedisCommandException)
        {
            // Who may not ask for that may still do what is needed.
            return [];
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        if (_connected is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } made })
        {
            made.GetAwaiter().GetResult().Dispose();
        }
    }

    /// <inheritdoc cref="Dispose"/>
    public async ValueTask DisposeAsync()
    {
        if (_connected is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true } made })
        {
            await (await made).DisposeAsync();
        }
    }

    /// <summary>What went wrong, in words and without secrets: of the driver's own messages only what the server answered.</summary>
    internal static string Trouble(Exception exception)
    {
        var chain = Chain(exception).ToList();
        return chain.OfType<RedisServerException>().FirstOrDefault() is { } answered
                ? $"{(Refusals.Any(refusal => answered.Message.Contains(refusal, StringComparison.Ordinal)) ? "does not let us in" : "answered")}: {answered.Message}"
            : chain.OfType<RedisConnectionException>().Any(failed => failed.FailureType == ConnectionFailureType.AuthenticationFailure) ? "does not let us in: user or password is wrong, or its certificate is not trusted"
            : chain.OfType<RedisConnectionException>().Any() ? "cannot be reached"
            : exception is RedisCommandException impossible ? $"cannot be used: {impossible.Message}"
            : chain.OfType<TimeoutException>().Any() ? "did not answer in time"
            : $"failed: {exception.GetType().Name}";
    }

    private static ConfigurationOptions ConfigurationOf(RedisOptions options)
    {
        var configuration = ConfigurationOptions.Parse(options.ConnectionString!);
        configuration.ClientName ??= "orleans-analytics";
        configuration.ConnectTimeout = (int)options.ConnectTimeout.TotalMilliseconds;
        configuration.AsyncTimeout = configuration.SyncTimeout = (int)options.CommandTimeout.TotalMilliseconds;

        // A start without Redis fails and says so; a connection that was there once is made again for as long as it takes.
        configuration.AbortOnConnectFail = true;
        configuration.ReconnectRetryPolicy = new LinearRetry(ReconnectEveryMs);
        return configuration;
    }

    private static string Shown(EndPoint server) => server switch
    {
        DnsEndPoint { Port: 0 } named => named.Host,
        DnsEndPoint named => string.Create(CultureInfo.InvariantCulture, $"{named.Host}:{named.Port}"),
        _ => server.ToString()!,
    };

    private static IEnumerable<Exception> Chain(Exception exception)
    {
        for (Exception? one = exception; one is not null; one = one.InnerException)
        {
            yield return one;
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        try
        {
            var made = await ConnectionMultiplexer.ConnectAsync(Configuration);
            made.ConnectionFailed += (_, _) => Away();
            made.ConnectionRestored += (_, _) => Back();
            return made;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            throw new RedisUnavailableException($"{Name} {Trouble(exception)}", exception);
        }
    }

    private void Away()
    {
        if (Interlocked.Exchange(ref _isAway, 1) == 0)
        {
            LogAway(Name);
        }
    }

    private void Back()
    {
        if (Interlocked.Exchange(ref _isAway, 0) == 1)
        {
            LogBack(Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Redis} is away: silos stay who they are, and none can join or be voted out; trying again")]
    private partial void LogAway(string redis);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Redis} answers again")]
    private partial void LogBack(string redis);
}
