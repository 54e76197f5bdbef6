using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Ingest;

/// <summary>Registers the door.</summary>
public static class IngestServices
{
    /// <summary>Adds <see cref="EventDoor"/> with <see cref="IngestOptions"/>, which are validated at start. The log is registered elsewhere.</summary>
    public static IServiceCollection AddEventDoor(this IServiceCollection services)
    {
        services.AddOptions<IngestOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<IngestOptions>, IngestOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<EventDoor>();
        return services;
    }
}
