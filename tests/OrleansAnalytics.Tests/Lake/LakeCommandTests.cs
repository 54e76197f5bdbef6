using System.Text.Json;
using OrleansAnalytics.Cli;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>The verbs that read a lake's folder.</summary>
public sealed class LakeCommandTests : IDisposable
{
    private const string Sample = "cosmetics-2022-10-01";

    private readonly SampleLake _lake = SampleLake.Of(Sample);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Output => Path.Combine(_lake.Root, "answer");

    public void Dispose() => _lake.Dispose();

    [Theory]
    [InlineData("sql")]
    [InlineData("sql", "SELECT 1", "--format", "xls")]
    [InlineData("sql", "SELECT 1", "--format", "parquet")]
    [InlineData("sql", "SELECT 1", "--rows", "0")]
    [InlineData("sql", "SELECT 1", "--timeout", "soon")]
    [InlineData("sql", "SELECT 1", "--lake", "/no/such/folder")]
    [InlineData("report", "brands", "--from", "sea")]
    [InlineData("report", "--all")]
    [InlineData("report", "--all", "--from", "lake", "--json", "x.json")]
    [InlineData("report", "brands", "--lake", ".")]
    [InlineData("report", "nonsense", "--from", "lake")]
    [InlineData("report", "--html", "x.html")]
    [InlineData("report", "brands", "--from", "lake", "--lake", ".", "--html", "x.html")]
    [InlineData("report", "--from", "lake", "--lake", ".", "--html", "x.html", "--day", "today")]
    [InlineData("report", "brands", "--day", "2019-10-01")]
    [InlineData("snapshots")]
    [InlineData("snapshots", "read")]
    [InlineData("snapshots", "write", "--lake", ".")]
    [InlineData("snapshots", "write", "--out", ".")]
    [InlineData("snapshots", "list", "--lake", ".", "--out", ".")]
    [InlineData("snapshots", "list", "--out", ".", "--kind", "week")]
    [InlineData("snapshots", "list", "--out", ".", "--most", "0")]
    public async Task A_wrong_command_line_ends_with_two(params string[] args) => Assert.Equal(CommandLine.Usage, await CommandLine.RunAsync(args));

    [Fact]
    public async Task Sql_is_written_in_every_format()
    {
        Assert.Equal(CommandLine.Success, await RunAsync("sql", "SELECT count(*) AS events FROM events", "--format", "csv", "-o", Output));
        Assert.Equal("events\r\n924\r\n", await File.ReadAllTextAsync(Output, Token));
        Assert.Equal(CommandLine.Success, await RunAsync("sql", "SELECT count(*) AS events FROM events", "--format", "json", "-o", Output));
        Assert.Equal("""[{"events":924}]""", await File.ReadAllTextAsync(Output, Token));
        Assert.Equal(CommandLine.Success, await RunAsync("sql", "SELECT count(*) AS events FROM events", "--user", "nobody", "--format", "csv", "-o", Output));
        Assert.Equal("events\r\n0\r\n", await File.ReadAllTextAsync(Output, Token));
        Assert.Equal(CommandLine.Success, await RunAsync("sql", "FROM events", "--format", "parquet", "-o", Output));
        Assert.Equal("PAR1"u8.ToArray(), (await File.ReadAllBytesAsync(Output, Token))[..4]);
        Assert.Equal(CommandLine.Success, await RunAsync("sql", "FROM events"));
    }

    [Fact]
    public async Task A_refused_statement_ends_with_one() => Assert.Equal(CommandLine.Failed, await RunAsync("sql", "DROP VIEW events"));

    [Fact]
    public async Task All_reports_of_a_lake_are_the_golden_file()
    {
        using var golden = JsonDocument.Parse(await File.ReadAllTextAsync(SharedData.Path($"golden/{Sample}.json"), Token));
        var users = string.Join(',', golden.RootElement.GetProperty("journeys").EnumerateObject().Select(user => user.Name));

        Assert.Equal(CommandLine.Success, await RunAsync("report", "--all", "--from", "lake", "--json", Output, "--users", users));

        using var actual = JsonDocument.Parse(await File.ReadAllTextAsync(Output, Token));
        Assert.All(golden.RootElement.EnumerateObject(), key => Assert.Null(JsonEquality.Difference(key.Value, actual.RootElement.GetProperty(key.Name))));
        Assert.All(LakeReports.All, report => Assert.True(actual.RootElement.TryGetProperty(report.Name, out _), report.Name));
    }

    [Theory]
    [InlineData("report", "funnel", "--from", "lake", "--json")]
    [InlineData("report", "--from", "lake", "--json", "funnel")]
    [InlineData("report", "funnel", "--from", "lake", "--csv")]
    [InlineData("report", "top_paths", "--from", "lake")]
    public async Task A_report_of_a_lake_is_shown(params string[] args) => Assert.Equal(CommandLine.Success, await RunAsync(args));

    [Fact]
    public async Task A_page_is_written_of_all_days_and_of_one()
    {
        Assert.Equal(CommandLine.Success, await RunAsync("report", "--from", "lake", "--html", Output));
        Assert.Contains("924 events", await File.ReadAllTextAsync(Output, Token), StringComparison.Ordinal);
        Assert.Equal(CommandLine.Success, await RunAsync("report", "--from", "lake", "--html", Output, "--day", "2022-10-02"));
        Assert.Contains("<h1>Sunday, 2 October 2022</h1>\n<p class=\"quiet\">0 events", await File.ReadAllTextAsync(Output, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshots_are_written_from_folder_to_folder_and_listed()
    {
        _lake.Add(new LakeManifest { Source = "import-later" }, [new MadeEvent("2022-10-02 12:00:00", EventKind.View, "later").ToRow()]);
        var snapshots = Path.Combine(_lake.Root, "snapshots");
        Assert.Equal(CommandLine.Success, await RunAsync("snapshots", "write", "--out", snapshots, "--lateness", "12:00:00", "--kind", "day"));
        Assert.Single(Directory.GetFiles(snapshots, "manifest.json", SearchOption.AllDirectories));
        Assert.Equal(CommandLine.Success, await CommandLine.RunAsync(["snapshots", "list", "--out", snapshots]));
        Assert.Equal(CommandLine.Success, await CommandLine.RunAsync(["snapshots", "list", "--out", snapshots, "--json"]));
    }

    private Task<int> RunAsync(params string[] args) => CommandLine.RunAsync([.. args, "--lake", _lake.Root]);
}
