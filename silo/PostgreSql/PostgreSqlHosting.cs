using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.PostgreSql;

/// <summary>Registers what is kept in PostgreSQL.</summary>
public static partial class PostgreSqlHosting
{
    // Keys of entities and dead letters are indexed, and an entry of an index has at most 2,704 bytes.
    private const int LongestIndexedText = 2_500;

    /// <summary>Adds the database, and the check of its schema at start. More than once is the same as once.</summary>
    public static IServiceCollection AddPostgreSql(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<PostgreSqlOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgreSqlOptions>, PostgreSqlOptionsValidator>());
        services.TryAddSingleton(provider => new PostgreSqlDatabase(
            provider.GetRequiredService<IOptions<PostgreSqlOptions>>().Value, provider.GetRequiredService<TimeProvider>(), provider.GetService<ILogger<PostgreSqlDatabase>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StartCheck>());
        return services;
    }

    /// <summary>Adds the state of entities, checkpoints and dead letters. Set <see cref="PostgreSqlOptions"/>; they are checked at start.</summary>
    public static IServiceCollection AddPostgreSqlState(this IServiceCollection services)
    {
        services.AddPostgreSql();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<IngestOptions>, IndexedTextValidator>());
        services.AddSingleton(provider => new PostgreSqlGrainStorage(
            provider.GetRequiredService<PostgreSqlDatabase>(), provider.GetRequiredService<IOptions<PostgreSqlOptions>>().Value));
        services.AddSingleton<ICheckpointStore, PostgreSqlCheckpointStore>();
        services.AddSingleton<IDeadLetterStore, PostgreSqlDeadLetterStore>();
        services.AddKeyedSingleton<IGrainStorage>(GrainTypes.EntityStorage, (provider, _) => provider.GetRequiredService<PostgreSqlGrainStorage>());
        return services;
    }

    /// <summary>Ids and URLs become keys, which have a greatest length here.</summary>
    private sealed class IndexedTextValidator : IValidateOptions<IngestOptions>
    {
        public ValidateOptionsResult Validate(string? name, IngestOptions options) =>
            Math.Max(options.MaxIdLength, options.MaxUrlLength) > LongestIndexedText
                ? ValidateOptionsResult.Fail($"Ingest:MaxIdLength and Ingest:MaxUrlLength must be at most {LongestIndexedText} where state is in PostgreSQL")
                : ValidateOptionsResult.Success;
    }

    /// <summary>
    /// A database that is away, or has other tables than this program needs, stops the start before anything else has begun. Clocks that are apart are told.
    /// </summary>
    private sealed partial class StartCheck(PostgreSqlDatabase database, TimeProvider time, ILogger<PostgreSqlDatabase> logger) : IHostedLifecycleService
    {
        public async Task StartingAsync(CancellationToken cancellationToken)
        {
            if (await PostgreSqlSchema.ComplaintAsync(database, cancellationToken) is { } complaint)
            {
                throw new DatabaseUnavailableException(complaint);
            }

            if (await DatabaseClock.WarningAsync(database, time, cancellationToken) is { } warning)
            {
                LogClock(logger, warning);
            }
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        [LoggerMessage(Level = LogLevel.Warning, Message = "Clocks differ: {Warning}")]
        private static partial void LogClock(ILogger logger, string warning);
    }
}
