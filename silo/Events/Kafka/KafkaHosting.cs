using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Events;

/// <summary>Plugs the log on the Kafka protocol in.</summary>
public static class KafkaHosting
{
    /// <summary>
    /// Registers a topic as the log. Set <see cref="KafkaLogOptions"/> with <c>Configure</c>; they are checked at start. The topic is looked at before the silo starts, so brokers that
    /// are not there, refused credentials or a wrong topic stop the start with one clear message.
    /// </summary>
    public static IServiceCollection AddKafkaEventLog(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptions<EventLogOptions>().ValidateOnStart();
        services.AddOptions<KafkaLogOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EventLogOptions>, EventLogOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KafkaLogOptions>, KafkaLogOptionsValidator>());
        services.TryAddSingleton(provider => new KafkaEventLog(
            provider.GetRequiredService<IOptions<KafkaLogOptions>>().Value,
            provider.GetRequiredService<IOptions<EventLogOptions>>().Value.Partitions,
            provider.GetRequiredService<IOptions<IngestOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<KafkaEventLog>>()));
        services.AddSingleton<IEventLog>(provider => provider.GetRequiredService<KafkaEventLog>());
        services.AddHostedService<Opener>();
        return services;
    }

    /// <summary>Before anything else starts: what reads the log must not begin beside a start that fails.</summary>
    private sealed class Opener(KafkaEventLog log) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) => log.OpenAsync(cancellationToken);

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
