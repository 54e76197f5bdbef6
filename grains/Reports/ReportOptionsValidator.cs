using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Reports;

/// <summary>Checks <see cref="ReportOptions"/> and names every wrong value at once.</summary>
public sealed class ReportOptionsValidator : IValidateOptions<ReportOptions>
{
    private static readonly TimeSpan LongestCache = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ReportOptions options)
    {
        var errors = new List<string>();
        if (options.CacheFor < TimeSpan.Zero || options.CacheFor > LongestCache)
        {
            errors.Add($"{nameof(ReportOptions)}.{nameof(ReportOptions.CacheFor)} must lie between 0 and {LongestCache}; it is {options.CacheFor}.");
        }

        if (string.IsNullOrWhiteSpace(options.Kind))
        {
            errors.Add($"{nameof(ReportOptions)}.{nameof(ReportOptions.Kind)} must name a place.");
        }

        if (options.SnapshotEvery < ShortestPeriod || options.SnapshotEvery > LongestPeriod)
        {
            errors.Add($"{nameof(ReportOptions)}.{nameof(ReportOptions.SnapshotEvery)} must lie between {ShortestPeriod} and {LongestPeriod}; it is {options.SnapshotEvery}.");
        }

        if (options.RankedInTables is < 1 or > 1_000_000)
        {
            errors.Add($"{nameof(ReportOptions)}.{nameof(ReportOptions.RankedInTables)} must lie between 1 and 1,000,000; it is {options.RankedInTables}.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
