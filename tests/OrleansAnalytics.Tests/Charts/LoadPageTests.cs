using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CsCheck;
using OrleansAnalytics.Cli;
using Xunit;

namespace OrleansAnalytics.Tests.Charts;

/// <summary>The page of a load, as a whole.</summary>
public sealed partial class LoadPageTests
{
    private const string First = "http://10.0.0.1:8080/";
    private const string Second = "http://10.0.0.2:8080/";
    private static readonly DateTimeOffset At = new(2026, 11, 27, 13, 5, 0, TimeSpan.Zero);
    private static readonly LoadPlan Plan = new() { Rate = 4_000, Duration = TimeSpan.FromSeconds(10), Queries = 20, HotProduct = 0.3, Flood = 0.1 };

    [Fact]
    public void A_page_loads_and_runs_nothing()
    {
        var page = LoadReport.Of(Plan, [Measured(First, 30_000, 20), Measured(Second, 10_000, 80)]).ToPage(At);

        Assert.StartsWith("<!DOCTYPE html>", page, StringComparison.Ordinal);
        Assert.All(["<script", "src=", "href=", "url(", "@import"], part => Assert.DoesNotContain(part, page, StringComparison.OrdinalIgnoreCase));
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.Contains("Measured for 10.0 s until 2026-11-27 13:05 UTC.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("stopped before its time", page, StringComparison.Ordinal);
    }

    [Fact]
    public void It_tells_the_throughput_of_each_server_and_of_all_and_how_uneven_they_are()
    {
        var page = LoadReport.Of(Plan, [Measured(First, 30_000, 20), Measured(Second, 10_000, 80)]).ToPage(At);

        Assert.Equal([First, "3,000", "75.00 %", "0.02", "0.04", "2", "0.01", "2", "1"], Row(page, First));
        Assert.Equal([Second, "1,000", "25.00 %", "0.08", "0.16", "2", "0.01", "2", "1"], Row(page, Second));
        Assert.Equal(["all together", "4,000", "100.00 %", "0.08", "0.16", "4", "0.01", "4", "2"], Row(page, "all together"));
        Assert.Equal(["events of one and the same product", "30.00 %"], Row(page, "events of one and the same product"));
        Assert.Equal(["events of one and the same user", "10.00 %"], Row(page, "events of one and the same user"));
        Assert.Equal("1.50 ×", Row(page, "events/s of the busiest server, of the mean")[1]);
        Assert.Equal("0.50 ×", Row(page, "events/s of the least busy server, of the mean")[1]);
        Assert.Equal("4.00 ×", Row(page, "acknowledged p99 of the slowest server, of the fastest")[1]);
        Assert.Equal(["try of a batch, repeated with the same ids", "503", "4"], Row(page, "try of a batch, repeated with the same ids"));
        Assert.Equal(["batch, for good", "timeout", "2"], Row(page, "batch, for good"));
    }

    [Fact]
    public void It_shows_the_latencies_as_a_table_and_as_histograms()
    {
        var page = LoadReport.Of(Plan, [Measured(First, 30_000, 20), Measured(Second, 10_000, 80)]).ToPage(At);

        Assert.Equal(["batch: intended → acknowledged", "200", "0.02", "0.08", "0.08", "0.08", "0.08"], Row(page, "batch: intended → acknowledged"));
        Assert.Equal(["journey: intended → answered", "40", "0.01", "0.01", "0.01", "0.01", "0.01"], Row(page, "journey: intended → answered"));
        Assert.Contains("≤ 0.02 ms · count: 100", page, StringComparison.Ordinal);
        Assert.Contains("≤ 0.1 ms · count: 100", page, StringComparison.Ordinal);
        Assert.Contains("≤ 0.01 ms · count: 40", page, StringComparison.Ordinal);
        Assert.Equal(3, Svg().Count(page));
    }

    [Fact]
    public void One_server_without_lookups_has_no_skew_among_servers_and_no_journeys()
    {
        var page = LoadReport.Of(Plan with { Queries = 0 }, [Measured(First, 30_000, 20) with { Stopped = true }]).ToPage(At);

        Assert.Equal([First, "3,000", "100.00 %"], Row(page, First)[..3]);
        Assert.DoesNotContain("all together", page, StringComparison.Ordinal);
        Assert.DoesNotContain("busiest", page, StringComparison.Ordinal);
        Assert.Contains("stopped before its time", page, StringComparison.Ordinal);
        Assert.Equal(2, Svg().Count(page));
    }

    [Fact]
    public void A_load_that_measured_nothing_has_a_page()
    {
        var page = LoadReport.Of(Plan, [new LoadMeasurement { Plan = Plan, Server = First }]).ToPage(At);

        Assert.Contains("nothing to show", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_server_answered_is_text_in_the_page()
    {
        var page = LoadReport.Of(Plan, [Measured("http://<b>/", 1, 1) with { Errors = new Dictionary<string, long> { ["500 <img src=x>"] = 1 } }]).ToPage(At);

        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>/", page, StringComparison.Ordinal);
        Assert.Contains("500 &lt;img src=x&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Bins_have_every_latency_once_in_order_and_none_beyond_its_border() => Gen.Long[0, 40_000_000_000].Array[0, 50].Sample(microseconds =>
    {
        var latencies = new LatencyHistogram();
        Array.ForEach(microseconds, one => latencies.Record(TimeSpan.FromMicroseconds(one)));

        var bins = LatencyBins.Of(latencies);

        Assert.Equal(microseconds.Length, bins.Sum(bin => bin.Count));
        Assert.Equal(bins.Select(bin => bin.UpTo).Distinct(), bins.Select(bin => bin.UpTo));
        if (microseconds.Length > 0)
        {
            Assert.True(bins[0].Count > 0 && bins[^1].Count > 0);
            Assert.All([(bins[0], microseconds.Min()), (bins[^1], microseconds.Max())], pair => Assert.True(pair.Item2 <= Border(pair.Item1.UpTo), $"{pair}"));
        }

        for (var at = 1; at < bins.Count; at++)
        {
            Assert.True(Border(bins[at - 1].UpTo) < Border(bins[at].UpTo));
        }
    });

    /// <summary>In microseconds.</summary>
    private static double Border(string text)
    {
        var parts = text.Split(' ');
        return double.Parse(parts[1], NumberStyles.Any, CultureInfo.InvariantCulture) * (parts[2] == "s" ? 1e6 : 1e3);
    }

    private static LoadMeasurement Measured(string server, long acknowledged, int microseconds)
    {
        var measured = new LoadMeasurement
        {
            Plan = Plan,
            Server = server,
            Acknowledged = acknowledged,
            Sending = TimeSpan.FromSeconds(10),
            Asking = TimeSpan.FromSeconds(10),
            Refusals = new Dictionary<string, long> { ["503"] = 2 },
            Errors = new Dictionary<string, long> { ["timeout"] = 1 },
        };
        for (var i = 0; i < 100; i++)
        {
            measured.Batches.Record(TimeSpan.FromMicroseconds(microseconds));
            measured.Visible.Record(TimeSpan.FromMicroseconds(2 * microseconds));
        }

        for (var i = 0; i < 20; i++)
        {
            measured.Lookups.Record(TimeSpan.FromMicroseconds(10));
        }

        return measured;
    }

    /// <summary>The cells of the row that begins with a text.</summary>
    private static List<string> Row(string page, string first)
    {
        var rows = Rows().Matches(page).Select(row => XElement.Parse(row.Value).Elements().Select(cell => cell.Value).ToList());
        return Assert.Single(rows, row => row[0] == first);
    }

    [GeneratedRegex("<tr><td.*?</tr>")]
    private static partial Regex Rows();

    [GeneratedRegex("<svg")]
    private static partial Regex Svg();
}
