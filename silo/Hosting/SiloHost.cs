using Microsoft.Extensions.Options;
using Orleans.Configuration;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting.Profiles;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Pages;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.PostgreSql;
using OrleansAnalytics.Redis;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Hosting;

/// <summary>Composes the whole node: Orleans silo, the parts that the profile and the settings choose, HTTP. The same for serving, for the demo and for tests.</summary>
public static class SiloHost
{
    private const string DashboardPath = "/orleans";

    /// <summary>How long a node that is asked to stop may take for its last checkpoints.</summary>
    internal static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(60);

    // How long a busy grain keeps its thread before others have a turn: there are as many busy partitions as threads, and more. The usual 100 ms let saves and questions
    // wait for half a second in every queue.
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(5);

    /// <summary>A node that is ready to start.</summary>
    /// <exception cref="InvalidSettingsException">The settings cannot be used; it has every reason, those of all options included.</exception>
    public static WebApplication Build(SiloSettings settings) => Build(settings, change: null);

    /// <summary>With services of a test's own instead of the real ones.</summary>
    internal static WebApplication Build(SiloSettings settings, Action<IServiceCollection>? change)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = [.. settings.Configuration],
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(SiloHost).Assembly.GetName().Name,
        });
        SiloProfile.AddTo(builder.Configuration, settings.Profile);
        var choice = new NodeChoice(builder.Configuration, settings);
        List<string> errors = [.. settings.Errors(), .. choice.Errors];
        if (errors.Count == 0)
        {
            builder.WebHost.UseUrls(settings.Urls.Split(';'));
        }

        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(settings.LogLevel);

        // At every start the watchdog takes the machine's uptime for the time since its last check.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);

        // A start that fails is told by whoever started; the host would tell it a second time, with a stack trace.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Host.ConfigureHostOptions(host => host.ShutdownTimeout = ShutdownTimeout);
        AddServices(builder.Services, settings, choice);
        change?.Invoke(builder.Services);
        builder.UseOrleans(silo => ConfigureSilo(silo, settings, choice));
        errors.AddRange(OptionErrors(builder.Services));
        if (errors.Count > 0)
        {
            throw new InvalidSettingsException(errors);
        }

        var app = builder.Build();
        MapEndpoints(app, settings);
        return app;
    }

    /// <summary>
    /// What the validators of all options have against them; all of them, and not those of the first alone. Before the node is built, as its server asks for some
    /// options then.
    /// </summary>
    private static IEnumerable<string> OptionErrors(IServiceCollection services)
    {
        // Not disposed of: it would take the configuration with it, and holds nothing else.
        var validation = new DefaultServiceProviderFactory().CreateServiceProvider(services);
        try
        {
            validation.GetService<IStartupValidator>()?.Validate();
            return [];
        }
        catch (OptionsValidationException exception)
        {
            return exception.Failures;
        }
        catch (AggregateException exception) when (exception.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return exception.InnerExceptions.SelectMany(inner => ((OptionsValidationException)inner).Failures);
        }
    }

    private static void AddServices(IServiceCollection services, SiloSettings settings, NodeChoice choice)
    {
        services.AddAnalyticsGrains();
        services.AddNodeOptions();
        choice.AddServices(services, settings.DataFolder);
        services.AddLakeFolder(settings.DataFolder);
        services.AddOptions<StorageOptions>().BindConfiguration("Storage");
        services.AddOptions<ClusteringOptions>().BindConfiguration("Cluster");
        services.AddOptions<PostgreSqlOptions>().BindConfiguration("PostgreSql");
        services.AddOptions<RedisOptions>().BindConfiguration("Redis");
        services.AddOptions<AzureOptions>().BindConfiguration("Azure");
        services.AddOptions<EventLogOptions>().BindConfiguration("Log");
        services.AddOptions<KafkaLogOptions>().BindConfiguration("Log:Kafka");
        services.AddOptions<StateStoreOptions>().BindConfiguration("State");
        services.AddOptions<IngestOptions>().BindConfiguration("Ingest");
        services.AddOptions<PartitionOptions>().BindConfiguration("Partitions");
        services.AddOptions<OperatorOptions>().BindConfiguration("Operators");
        services.AddOptions<JourneyOptions>().BindConfiguration("Journeys");
        services.AddOptions<CatalogOptions>().BindConfiguration("Catalog");
        services.AddOptions<ReportOptions>().BindConfiguration("Reports");
        services.AddOptions<LakeOptions>().BindConfiguration("Lake");
        services.AddOptions<LakeCompactionOptions>().BindConfiguration("Lake:Compaction");
        services.AddOptions<LakeQueryOptions>().BindConfiguration("Lake:Query");
        services.AddOptions<SnapshotOptions>().BindConfiguration("Snapshots");
        services.AddLakeSnapshots();
        services.AddSingleton<PartitionStatuses>();
        services.AddIngestOverHttp();
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.Describe);
        services.AddOpenApi();
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.Never);
    }

    private static void ConfigureSilo(ISiloBuilder silo, SiloSettings settings, NodeChoice choice)
    {
        choice.AddToSilo(silo, settings);

        // What an entity without an activation does under memory pressure, EntitySweeper sees to.
        silo.Configure<GrainCollectionOptions>(collection => collection.EnableActivationSheddingOnMemoryPressure = true);
        silo.Configure<SchedulingOptions>(scheduling => scheduling.ActivationSchedulingQuantum = Turn);
        silo.AddDashboardOnDemand();
    }

    private static void MapEndpoints(WebApplication app, SiloSettings settings)
    {
        app.UseExceptionHandler(Problems.Handling);
        app.UseStatusCodePages();
        if (settings.ApiKey is { } key)
        {
            app.UseMiddleware<ApiKeyGate>(key);
        }

        app.MapOpenApi();
        app.MapEvents();
        app.MapDeadLetters();
        app.MapJourneys();
        app.MapCatalog();
        app.MapPages();
        app.MapReports();
        app.MapLake();
        app.MapSql();
        app.MapSnapshots();
        app.MapStatus();
        app.MapDashboardOnDemand(DashboardPath);
    }
}
