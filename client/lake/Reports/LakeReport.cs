using System.Text.Json;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Lake;

/// <summary>One report as SQL; its statement is the embedded file <c>Reports/NAME.sql</c>, whose columns are text, whole numbers and decimals.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it answers, in one line.</param>
public sealed record LakeReport(string Name, string Description)
{
    /// <summary>The shortest kind of period that it says something about: it is part of the snapshots of this kind and of longer ones. Null: of none.</summary>
    public PeriodKind? Smallest { get; init; }

    /// <summary>True if it needs sessions, which several parts of its statement ask for.</summary>
    internal bool IsOfSessions { get; init; }

    /// <summary>Its statement.</summary>
    public string Sql => SqlText.Embedded($"Reports/{Name}.sql");

    /// <summary>Its JSON from its table; an array of the rows if nothing else is said.</summary>
    internal Action<Utf8JsonWriter, ReportTable> Shape { get; init; } = LakeJson.WriteTable;

    /// <summary>Which of its statement's rows its table lists; the others are there for the JSON alone. All if nothing else is said.</summary>
    internal Func<LakeRow, bool>? IsListed { get; init; }
}
