namespace OrleansAnalytics.Reports;

/// <summary>Registers where snapshots of reports go.</summary>
public static class ReportHosting
{
    /// <summary>Adds the sink that writes into the folder <c>reports</c> of the data folder.</summary>
    public static IServiceCollection AddDirectoryReports(this IServiceCollection services, string dataFolder) =>
        services.AddSingleton<IReportSink>(_ => new DirectoryReportSink(dataFolder));
}
