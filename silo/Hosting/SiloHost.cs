using System.Net;
using Orleans.Configuration;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Pages;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Hosting;

/// <summary>Composes the whole node: Orleans silo, embedded storage, HTTP. The same for serving, for the demo and for tests.</summary>
public static class SiloHost
{
    private const string DashboardPath = "/orleans";

    /// <summary>How long a node that is asked to stop may take for its last checkpoints.</summary>
    internal static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(60);

    /// <summary>A node that is ready to start.</summary>
    /// <exception cref="ArgumentException">The settings cannot be used; the message names every reason.</exception>
    public static WebApplication Build(SiloSettings settings) => Build(settings, change: null);

    /// <summary>With services of a test's own instead of the real ones.</summary>
    internal static WebApplication Build(SiloSettings settings, Action<IServiceCollection>? change)
    {
        if (settings.Errors() is { Count: > 0 } errors)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, errors), nameof(settings));
        }

        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = [.. settings.Configuration],
            ContentRootPath = AppContext.BaseDirectory,
            ApplicationName = typeof(SiloHost).Assembly.GetName().Name,
        });
        builder.WebHost.UseUrls(settings.Urls.Split(';'));
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(settings.LogLevel);

        // At every start the watchdog takes the machine's uptime for the time since its last check.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);

        // A start that fails is told by whoever started; the host would tell it a second time, with a stack trace.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Host.ConfigureHostOptions(host => host.ShutdownTimeout = ShutdownTimeout);
        AddServices(builder.Services, settings);
        change?.Invoke(builder.Services);
        builder.UseOrleans(silo => ConfigureSilo(silo, settings));
        var app = builder.Build();
        MapEndpoints(app, settings);
        return app;
    }

    private static void AddServices(IServiceCollection services, SiloSettings settings)
    {
        services.AddAnalyticsGrains();
        services.AddEmbeddedStorage(settings.DataFolder);
        services.AddSingleton(new LakeFolder(Path.Combine(settings.DataFolder, LakeFolder.Name)));
        services.AddSingleton<ILakeSink, DirectoryLakeSink>();
        services.AddSingleton<IReportSink>(new DirectoryReportSink(settings.DataFolder));
        services.AddOptions<EventLogOptions>().BindConfiguration("Log");
        services.AddOptions<StateStoreOptions>().BindConfiguration("State");
        services.AddOptions<IngestOptions>().BindConfiguration("Ingest");
        services.AddOptions<PartitionOptions>().BindConfiguration("Partitions");
        services.AddOptions<OperatorOptions>().BindConfiguration("Operators");
        services.AddOptions<JourneyOptions>().BindConfiguration("Journeys");
        services.AddOptions<CatalogOptions>().BindConfiguration("Catalog");
        services.AddOptions<ReportOptions>().BindConfiguration("Reports");
        services.AddOptions<LakeOptions>().BindConfiguration("Lake");
        services.AddOptions<LakeCompactionOptions>().BindConfiguration("Lake:Compaction");
        services.AddLakeCompaction();
        services.AddOptions<LakeQueryOptions>().BindConfiguration("Lake:Query");
        services.AddLakeQueries(settings.DataFolder);
        services.AddSingleton<PartitionStatuses>();
        services.AddIngestOverHttp();
        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.Describe);
        services.AddOpenApi();
        services.ConfigureHttpJsonOptions(json => json.SerializerOptions.DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.Never);
    }

    private static void ConfigureSilo(ISiloBuilder silo, SiloSettings settings)
    {
        var siloPort = FreePort.Or(settings.SiloPort);
        silo.UseLocalhostClustering(siloPort, FreePort.Or(settings.GatewayPort), new IPEndPoint(IPAddress.Loopback, siloPort), "orleans-analytics", "orleans-analytics");
        silo.Configure<EndpointOptions>(endpoints => endpoints.AdvertisedIPAddress = IPAddress.Loopback);
        silo.UseInMemoryReminderService();

        // What an entity without an activation does under memory pressure, EntitySweeper sees to.
        silo.Configure<GrainCollectionOptions>(collection => collection.EnableActivationSheddingOnMemoryPressure = true);
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
        app.MapStatus();
        app.MapDashboardOnDemand(DashboardPath);
    }
}
