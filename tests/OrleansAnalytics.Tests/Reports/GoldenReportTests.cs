using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class GoldenReportTests
{
    private static readonly ReportCatalog Catalog = new(Options.Create(new ReportOptions()));
    private static readonly ConcurrentDictionary<string, SiteTallies> TalliesOf = new();

    public static TheoryData<string, string> SamplesAndReports()
    {
        var data = new TheoryData<string, string>();
        foreach (var sample in new[] { "rees46-2019-10-01", "cosmetics-2022-10-01", "cosmetics-2022-11-01", "mangled-ids" })
        {
            foreach (var report in ReportNames.All)
            {
                data.Add(sample, report);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(SamplesAndReports))]
    public void Report_OfASample_IsTheGoldenAnswer(string sample, string report)
    {
        var tallies = Tallies(sample);
        using var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Path($"golden/{sample}.json")));

        using var actual = JsonDocument.Parse(Catalog.Find(report)!.Compute(tallies).Json);

        Assert.Null(JsonEquality.Difference(golden.RootElement.GetProperty(report), actual.RootElement));
    }

    [Theory]
    [MemberData(nameof(SamplesAndReports))]
    public void Report_NeedsOnlyTheParts_ThatItAsksFor(string sample, string report)
    {
        var tallies = Tallies(sample);
        var definition = Catalog.Find(report)!;

        Assert.Equal(definition.Compute(tallies).Json, definition.Compute(Only(tallies, definition.Parts)).Json);
    }

    private static SiteTallies Tallies(string sample) => TalliesOf.GetOrAdd(sample, name => BatchOracle.From(SharedData.Path($"{name}.csv")).Tallies);

    private static SiteTallies Only(SiteTallies all, TallyParts parts) => all with
    {
        Hours = parts.HasFlag(TallyParts.Hours) ? all.Hours : [],
        Categories = parts.HasFlag(TallyParts.Categories) ? all.Categories : [],
        Brands = parts.HasFlag(TallyParts.Brands) ? all.Brands : [],
        CartHours = parts.HasFlag(TallyParts.Carts) ? all.CartHours : [],
        VisitorsByDay = parts.HasFlag(TallyParts.Visitors) ? all.VisitorsByDay : [],
        ProductHashes = parts.HasFlag(TallyParts.Totals) ? all.ProductHashes : [],
        Sessions = parts.HasFlag(TallyParts.Totals) ? all.Sessions : 0,
        Users = parts.HasFlag(TallyParts.Totals) ? all.Users : 0,
        OverTheRate = parts.HasFlag(TallyParts.Totals) ? all.OverTheRate : 0,
        Late = parts.HasFlag(TallyParts.Totals) ? all.Late : 0,
    };
}
