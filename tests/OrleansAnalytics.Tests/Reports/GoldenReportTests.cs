using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class GoldenReportTests
{
    private static readonly ReportCatalog Catalog = new(Options.Create(new ReportOptions()));
    private static readonly ConcurrentDictionary<string, SiteTallies> TalliesOf = new();

    private static readonly string[] Samples = ["rees46-2019-10-01", "cosmetics-2022-10-01", "cosmetics-2022-11-01", "mangled-ids"];

    public static TheoryData<string, string> SamplesAndGoldenAnswers =>
        [.. Samples.SelectMany(sample => SharedData.Golden(sample).Keys.Select(report => (sample, report)))];

    public static TheoryData<string, string> SamplesAndReports()
    {
        var data = new TheoryData<string, string>();
        foreach (var sample in Samples)
        {
            foreach (var report in ReportNames.All)
            {
                data.Add(sample, report);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(SamplesAndGoldenAnswers))]
    public void Report_OfASample_IsTheGoldenAnswer(string sample, string report)
    {
        var tallies = Tallies(sample);

        using var actual = JsonDocument.Parse(Catalog.Find(report)!.Compute(tallies).Json);

        Assert.Null(JsonEquality.Difference(SharedData.Golden(sample)[report], actual.RootElement));
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
        SubCategories = parts.HasFlag(TallyParts.SubCategories) ? all.SubCategories : [],
        CategoryDays = parts.HasFlag(TallyParts.CategoryDays) ? all.CategoryDays : [],
        Funnel = parts.HasFlag(TallyParts.Funnel) ? all.Funnel : new FunnelTally(),
        FunnelDays = parts.HasFlag(TallyParts.Funnel) ? all.FunnelDays : [],
        FunnelCategories = parts.HasFlag(TallyParts.Funnel) ? all.FunnelCategories : [],
        CartCategories = parts.HasFlag(TallyParts.CartDetails) ? all.CartCategories : [],
        CartProducts = parts.HasFlag(TallyParts.CartDetails) ? all.CartProducts : [],
        Spend = parts.HasFlag(TallyParts.Spend) ? all.Spend : [],
        SpendUnlisted = parts.HasFlag(TallyParts.Spend) ? all.SpendUnlisted : Money.Zero,
        Pages = parts.HasFlag(TallyParts.Pages) ? all.Pages : [],
        AllPages = parts.HasFlag(TallyParts.Pages) ? all.AllPages : new PageTally(),
        PageUsers = parts.HasFlag(TallyParts.Pages) ? all.PageUsers : 0,
        Late = parts.HasFlag(TallyParts.Totals) ? all.Late : 0,
    };
}
