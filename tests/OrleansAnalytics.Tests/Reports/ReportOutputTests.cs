using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Oracle;
using Spectre.Console;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class ReportOutputTests
{
    private static readonly ReportCatalog Catalog = new(Options.Create(new ReportOptions()));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("line\nbreak", "\"line\nbreak\"")]
    [InlineData("say \"x\"", "\"say \"\"x\"\"\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("-1", "'-1")]
    [InlineData("+1", "'+1")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("", "\"\"")]
    [InlineData(-5L, "-5")]
    [InlineData(null, "")]
    public void CsvField_IsQuotedAndDisarmed(object? cell, string expected) => Assert.Equal(expected, ReportCsv.Field(cell));

    [Fact]
    public void Console_AlignsNumbers_CutsLongTables_AndSaysAsOf()
    {
        var tallies = new SiteTallies { AsOf = { [1] = 456, [0] = 123 }, WatermarkMs = 1_569_898_200_000 };
        for (var brand = 0; brand < 864; brand++)
        {
            tallies.Brands.Add($"brand{brand:000}", new KindTally { Events = [2000 - brand, 0, 0, 0, 0], Revenue = Money.FromAmount(1.5m) });
        }

        var lines = Printed(Catalog.Find(ReportNames.Brands)!.Compute(tallies));

        var header = Assert.Single(lines, line => line.Contains("conversion"));
        var first = Assert.Single(lines, line => line.Contains("brand000"));
        Assert.Contains("2,000", first);
        Assert.Contains("1.50", first);
        Assert.Equal(header.IndexOf("views", StringComparison.Ordinal) + "views".Length, first.IndexOf("2,000", StringComparison.Ordinal) + "2,000".Length);
        Assert.Equal(20, lines.Count(line => line.Contains("brand0")));
        Assert.Contains("… and 844 more", lines);
        Assert.Contains("as of 0:123,1:456, watermark 2019-10-01T02:50:00.000Z", lines);
        Assert.DoesNotContain('\u001b', string.Concat(lines));
    }

    [Fact]
    public void Console_ShowsSharesAsPercent_AndPutsTheDecimalPointsOfAColumnBelowEachOther()
    {
        var tallies = new SiteTallies { Brands = { ["a"] = Bought(views: 3), ["b"] = Bought(views: 2), ["c"] = Bought(views: 1) } };

        var lines = Printed(Catalog.Find(ReportNames.Brands)!.Compute(tallies));

        Assert.EndsWith(" 33.33 %", Assert.Single(lines, line => line.Contains(" a ")));
        Assert.EndsWith(" 50.00 %", Assert.Single(lines, line => line.Contains(" b ")));
        Assert.EndsWith(" 100.00 %", Assert.Single(lines, line => line.Contains(" c ")));
    }

    [Theory]
    [InlineData("revenue", "12", 2, "12.00")]
    [InlineData("revenue", "1234567.8", 2, "1,234,567.80")]
    [InlineData("value", "35714", 2, "35,714")]
    [InlineData("rate", "0.5123456", 6, "51.23 %")]
    [InlineData("change_rate", "-0.25", 2, "-25.00 %")]
    [InlineData("lift", "1.5", 2, "1.50")]
    public void Cell_OfADecimal_IsShownAsItsColumnMeansIt(string column, string value, int decimals, string expected) =>
        Assert.Equal(expected, ReportText.Cell(column, decimal.Parse(value, System.Globalization.CultureInfo.InvariantCulture), decimals));

    [Fact]
    public void Cell_OfANumber_HasSeparatorsUnlessItIsAName()
    {
        Assert.Equal(("1,234,567", "1234567", "–", "2053013555631882655"), (
            ReportText.Cell("views", 1_234_567L, 0), ReportText.Cell("user_id", 1_234_567L, 0), ReportText.Cell("views", null, 0),
            ReportText.Cell("category_id", "2053013555631882655", 0)));
        Assert.Equal((0, 2, 4), (ReportText.Decimals([1, 20]), ReportText.Decimals([1, 0.5m]), ReportText.Decimals([0.123456m])));
    }

    [Fact]
    public void Console_ShowsNoControlCharactersOrMarkupOfData()
    {
        var tallies = new SiteTallies { Brands = { ["[red]x[/]\u001b[2J"] = new KindTally { Events = [1, 0, 0, 0, 0] } } };

        var text = string.Concat(Printed(Catalog.Find(ReportNames.Brands)!.Compute(tallies)));

        Assert.Contains("[red]x[/]\uFFFD[2J", text);
    }

    [Fact]
    public void Console_PrintsEveryReportOfASample()
    {
        var tallies = BatchOracle.From(SharedData.Path("cosmetics-2022-10-01.csv")).Tallies;

        Assert.All(Catalog.All, definition => Assert.Contains(definition.Name.Replace('_', ' '), Printed(definition.Compute(tallies))));
    }

    [Fact]
    public async Task File_HasAllReportsInOrder_AndTheJourneys()
    {
        var oracle = BatchOracle.From(SharedData.Path("cosmetics-2022-10-01.csv"));
        var path = Path.Combine(Directory.CreateTempSubdirectory("report-file-").FullName, "out.json");
        var reports = Catalog.All.Reverse().Select(definition => definition.Compute(oracle.Tallies));

        await ReportFile.WriteAsync(path, reports, new JsonObject { ["7"] = oracle.Journeys.Values.First().ToJson() }, TestContext.Current.CancellationToken);

        using var written = JsonDocument.Parse(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal([.. ReportNames.All, "journeys"], written.RootElement.EnumerateObject().Select(property => property.Name));
        Assert.All(SharedData.Golden("cosmetics-2022-10-01"), answer => Assert.Null(JsonEquality.Difference(answer.Value, written.RootElement.GetProperty(answer.Key))));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task File_WithoutJourneys_HasNoSuchKey()
    {
        using var stream = new MemoryStream();

        await ReportFile.WriteAsync(stream, [Catalog.Find(ReportNames.OverTheRate)!.Compute(new SiteTallies { OverTheRate = 3 })], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("{\n \"over_10_per_10s\": 3\n}", Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Theory]
    [InlineData(0, "empty")]
    [InlineData(1_569_898_200_000, "2019-10-01")]
    public void SnapshotPeriod_IsTheDateOfTheWatermark(long watermarkMs, string period) => Assert.Equal(period, SnapshotName.PeriodOf(watermarkMs));

    private static KindTally Bought(long views) => new() { Events = [views, 0, 0, 1, 0] };

    private static string[] Printed(Report report)
    {
        using var writer = new StringWriter();
        ReportConsole.Write(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) }), report);
        return writer.ToString().Split('\n').Select(line => line.TrimEnd()).ToArray();
    }
}
