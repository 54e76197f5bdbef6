using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;

namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// The connections to one PostgreSQL database, and what happens when it is away: whatever is run here can be repeated safely, and is repeated for
/// <see cref="PostgreSqlOptions.RetryFor"/>. Then it fails, and as long as the database stays away everything fails at its first try. Safe for concurrent use.
/// </summary>
public sealed partial class PostgreSqlDatabase : IDisposable, IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private const int ConnectTimeoutSeconds = 5;
    private const int CancelTimeoutMs = 2_000;
    private const int KeepPrepared = 32;

    private readonly PostgreSqlOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private long? _awaySince;
    private bool _isAway;

    /// <summary>Prepares the connections; none is made yet.</summary>
    /// <exception cref="OptionsValidationException">An option is out of range.</exception>
    public PostgreSqlDatabase(PostgreSqlOptions options, TimeProvider time, ILogger<PostgreSqlDatabase>? logger = null)
    {
        var valid = new PostgreSqlOptionsValidator().Validate(null, options);
        if (valid.Failed)
        {
            throw new OptionsValidationException(nameof(PostgreSqlOptions), typeof(PostgreSqlOptions), valid.Failures);
        }

        (_options, _time, _logger) = (options, time, (ILogger?)logger ?? NullLogger.Instance);
        var connection = Connection(options);
        Name = $"database {connection.Database} at {connection.Host}:{connection.Port}";
        DataSource = NpgsqlDataSource.Create(connection);
    }

    /// <summary>Where connections come from, with the schema as search path and a timeout for every statement.</summary>
    public NpgsqlDataSource DataSource { get; }

    /// <summary>The database and its address, for messages.</summary>
    public string Name { get; }

    /// <summary>The schema with the tables.</summary>
    public string Schema => _options.Schema;

    /// <summary>The connection string that is used: the options' own with search path, timeouts, and what it leaves open.</summary>
    internal static NpgsqlConnectionStringBuilder Connection(PostgreSqlOptions options)
    {
        var connection = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            SearchPath = options.Schema,
            CommandTimeout = (int)Math.Ceiling(options.StatementTimeout.TotalSeconds),
            CancellationTimeout = CancelTimeoutMs,
            MaxPoolSize = options.MaxConnections,
        };

        // What the options' own text says about these is left alone.
        connection.Timeout = connection.ContainsKey("Timeout") ? connection.Timeout : ConnectTimeoutSeconds;
        connection.MaxAutoPrepare = connection.ContainsKey("Max Auto Prepare") ? connection.MaxAutoPrepare : KeepPrepared;
        connection.ApplicationName ??= "orleans-analytics";
        return connection;
    }

    /// <summary>Runs something that may be run again: what fails because the database is away, or in each other's way, is repeated.</summary>
    /// <param name="action">Gets a connection of its own each time.</param>
    /// <param name="cancellationToken">Gives up; what was to be written may or may not be written.</param>
    /// <exception cref="DatabaseUnavailableException">It failed for good; what was to be written may or may not be written.</exception>
    public async Task<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> action, CancellationToken cancellationToken = default)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await using var connection = await DataSource.OpenConnectionAsync(cancellationToken);
                var answer = await action(connection, cancellationToken);
                Back();
                return answer;
            }
            catch (Exception exception) when (IsOfTheDatabase(exception) && !cancellationToken.IsCancellationRequested)
            {
                if (!MayBeRepeated(exception) || !IsAwayForShort(exception))
                {
                    throw new DatabaseUnavailableException($"the {Name} {Trouble(exception)}", exception);
                }

                // The other connections are most likely as dead as this one.
                DataSource.Clear();
            }

            await Task.Delay(pause, _time, cancellationToken);
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => DataSource.Dispose();

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync() => DataSource.DisposeAsync();

    /// <summary>What went wrong, in words and without secrets.</summary>
    internal static string Trouble(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification } refused => $"does not let us in: {refused.MessageText}",
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName } missing => $"lacks a table ({missing.MessageText}); apply the schema with the verb schema",
        PostgresException other => $"answered: {other.MessageText} ({other.SqlState})",
        _ when Has<TimeoutException>(exception) => "did not answer in time",
        _ when Has<SocketException>(exception) => $"cannot be reached: {Innermost<SocketException>(exception)!.Message}",
        _ => $"failed: {exception.Message}",
    };

    /// <summary>True for what the driver throws, the password's absence included; an exception of ours is none.</summary>
    internal static bool IsOfTheDatabase(Exception exception) => exception is NpgsqlException or TimeoutException or SocketException or (IOException and not DatabaseUnavailableException);

    private static bool MayBeRepeated(Exception exception) => exception switch
    {
        // A standby that was just a primary, or is about to become one.
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => true,

        // A statement that was cancelled for its slowness would be as slow again, and it has cost its time already.
        _ when Has<TimeoutException>(exception) => false,
        NpgsqlException driver => driver.IsTransient,
        _ => true,
    };

    private static bool Has<T>(Exception exception)
        where T : Exception => Innermost<T>(exception) is not null;

    private static T? Innermost<T>(Exception? exception)
        where T : Exception
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is T found)
            {
                return found;
            }
        }

        return null;
    }

    private void Back()
    {
        if (!Volatile.Read(ref _isAway))
        {
            return;
        }

        lock (_gate)
        {
            (_awaySince, _isAway) = (null, false);
        }

        LogBack(Name);
    }

    private bool IsAwayForShort(Exception exception)
    {
        bool isNew;
        TimeSpan away;
        lock (_gate)
        {
            isNew = !_isAway;
            _isAway = true;
            _awaySince ??= _time.GetTimestamp();
            away = _time.GetElapsedTime(_awaySince.Value);
        }

        if (isNew)
        {
            LogAway(Name, Trouble(exception));
        }

        return away < _options.RetryFor;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Database} {Trouble}; trying again")]
    private partial void LogAway(string database, string trouble);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Database} answers again")]
    private partial void LogBack(string database);
}
