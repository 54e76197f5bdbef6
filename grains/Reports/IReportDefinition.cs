namespace OrleansAnalytics.Reports;

/// <summary>What one report computes from the merged tallies. Pure: the same tallies always give the same report.</summary>
public interface IReportDefinition
{
    /// <summary>Its name, one of <see cref="ReportNames"/>.</summary>
    string Name { get; }

    /// <summary>What it answers, in one line.</summary>
    string Description { get; }

    /// <summary>The parts of the tallies that <see cref="Compute"/> reads; the others may be empty.</summary>
    TallyParts Parts { get; }

    /// <summary>The answer as JSON and as rows. Leaves <paramref name="tallies"/> as they are.</summary>
    Report Compute(SiteTallies tallies);
}
