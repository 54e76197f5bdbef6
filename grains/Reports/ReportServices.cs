using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Reports;

/// <summary>Registers what <see cref="ReportGrain"/> needs, except the ports (<see cref="IReportSink"/> and the event log).</summary>
public static class ReportServices
{
    /// <summary>Adds the reports; their options are checked at start.</summary>
    public static IServiceCollection AddReports(this IServiceCollection services)
    {
        services.AddOptions<ReportOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ReportOptions>, ReportOptionsValidator>());
        services.TryAddSingleton<ReportCatalog>();
        services.TryAddSingleton(TimeProvider.System);
        return services;
    }
}
