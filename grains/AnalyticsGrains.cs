using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Exchange;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Partitions.Placement;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics;

/// <summary>Registers what grains need, the same in the silo and in tests.</summary>
public static class AnalyticsGrains
{
    /// <summary>
    /// Adds options with their validators, the door, and the starter that wakes partitions and reports. The host adds the ports: <c>IEventLog</c>,
    /// <c>IGrainStorage</c> keyed <see cref="GrainTypes.EntityStorage"/>, <c>ICheckpointStore</c>, <c>IDeadLetterStore</c>, <c>ILakeSink</c>, <c>IReportSink</c>;
    /// and <c>IPeriodSnapshots</c> if closed periods are to be written.
    /// </summary>
    public static IServiceCollection AddAnalyticsGrains(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddValidated<PartitionOptions, PartitionOptionsValidator>();
        services.AddValidated<OperatorOptions, OperatorOptionsValidator>();

        // One meaning of "session" in journeys and in the site's reports.
        services.AddOptions<OperatorOptions>().PostConfigure<IOptions<JourneyOptions>>((operators, journeys) => operators.SessionTimeout = journeys.Value.SessionTimeout);
        services.AddValidated<JourneyOptions, JourneyOptionsValidator>();
        services.AddValidated<CatalogOptions, CatalogOptionsValidator>();
        services.AddEntities();
        services.AddSingleton<JourneyQuestions>();
        services.AddHostedService<EntitySweeper>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, EntityCloser>();
        services.AddSingleton(provider => new FairTurns(
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IOptions<PartitionOptions>>().Value.LetOthersFirstAfter));
        services.AddHomePlacement();
        services.AddExchange();
        services.AddEventDoor();
        services.AddLake();
        services.AddReports();
        services.AddSnapshots();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PartitionStarter>();
        return services;
    }

    private static void AddValidated<TOptions, TValidator>(this IServiceCollection services)
        where TOptions : class
        where TValidator : class, IValidateOptions<TOptions>
    {
        services.AddOptions<TOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, TValidator>());
    }
}
