namespace OrleansAnalytics.Reports;

/// <summary>How reports are answered and saved. Checked at start by <see cref="ReportOptionsValidator"/>.</summary>
public sealed class ReportOptions
{
    /// <summary>Where snapshots are: a <c>directory</c> in the data folder, or a container of <c>azure-blobs</c>. Default directory, or what the profile says.</summary>
    public string Kind { get; set; } = "directory";

    /// <summary>
    /// How old, from the start of its gathering, an answer may be that is given to more than one caller. 0 shares only with callers that were
    /// already waiting. Default 250 ms, at most one minute.
    /// </summary>
    public TimeSpan CacheFor { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Time between two snapshots of a report. Default 5 minutes, at least one (the shortest period of a reminder), at most a day.</summary>
    public TimeSpan SnapshotEvery { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Entries that the table form lists of one ranking: brands, products, pages, or categories of one hour or weekday. What is beyond is summed up in one last row
    /// without rank and name. Default 10,000, from 1 to 1,000,000.
    /// </summary>
    public int RankedInTables { get; set; } = 10_000;
}
