using Microsoft.Extensions.Options;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

/// <summary>What a report of given tallies is, with rankings cut after 25 in tables.</summary>
internal static class ReportAssert
{
    private static readonly ReportCatalog Catalog = new(Options.Create(new ReportOptions { RankedInTables = 25 }));

    public static void Equal(string name, SiteTallies tallies, string json, params object?[][] rows)
    {
        var report = Catalog.Find(name)!.Compute(tallies);
        Assert.Equal(json, report.Json);
        Assert.Equal(rows, report.Table.Rows);
        Assert.All(report.Table.Rows, row => Assert.Equal(report.Table.Columns.Count, row.Length));
        Assert.All(report.Table.Rows, row => Assert.All(row.Zip(report.Table.Columns), cell => Assert.True(Fits(cell.First, cell.Second.Type), cell.Second.Name)));
    }

    private static bool Fits(object? cell, ReportColumnType type) => cell is null || type switch
    {
        ReportColumnType.Text => cell is string,
        ReportColumnType.Integer => cell is long,
        _ => cell is decimal,
    };
}
