using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class ReportOptionsTests
{
    [Fact]
    public void Defaults_AreValid() => Assert.True(new ReportOptionsValidator().Validate(null, new ReportOptions()).Succeeded);

    [Fact]
    public void EveryWrongValue_IsNamedAtOnce()
    {
        using var services = new ServiceCollection()
            .AddReports()
            .Configure<ReportOptions>(options =>
            {
                options.CacheFor = TimeSpan.FromTicks(-1);
                options.SnapshotEvery = TimeSpan.FromSeconds(59);
                options.RankedInTables = 0;
            })
            .BuildServiceProvider();

        var error = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<ReportCatalog>());

        Assert.Collection(
            error.Failures,
            failure => Assert.Contains(nameof(ReportOptions.CacheFor), failure),
            failure => Assert.Contains(nameof(ReportOptions.SnapshotEvery), failure),
            failure => Assert.Contains(nameof(ReportOptions.RankedInTables), failure));
    }
}
