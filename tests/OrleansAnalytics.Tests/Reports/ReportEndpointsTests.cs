using System.Net;
using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Oracle;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class ReportEndpointsTests : IAsyncLifetime
{
    private static readonly SiteTallies Tallies = BatchOracle.From(SharedData.Path("rees46-2019-10-01.csv")).Tallies;

    private readonly HttpClient _http = new();
    private WebApplication? _app;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddReports().AddSingleton(DispatchProxy.Create<IGrainFactory, ComputingGrains>());
        _app = builder.Build();
        _app.MapReports();
        await _app.StartAsync(Token);
        _http.BaseAddress = new Uri(_app.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    [Fact]
    public async Task List_NamesEveryReport()
    {
        using var list = JsonDocument.Parse(await _http.GetStringAsync("/v1/reports", Token));

        Assert.Equal(ReportNames.All, list.RootElement.EnumerateArray().Select(report => report.GetProperty("name").GetString()));
        Assert.All(list.RootElement.EnumerateArray(), report => Assert.NotEmpty(report.GetProperty("description").GetString()!));
    }

    [Fact]
    public async Task Report_IsTheGoldenAnswer_AndSaysWhatItIsAsOf()
    {
        using var response = await _http.GetAsync("/v1/reports/brands", Token);

        using var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Path("golden/rees46-2019-10-01.json")));
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
        Assert.Null(JsonEquality.Difference(golden.RootElement.GetProperty("brands"), body.RootElement));
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(["0:17435"], response.Headers.GetValues(ReportEndpoints.AsOfHeader));
        var watermark = DateTimeOffset.FromUnixTimeMilliseconds(Tallies.WatermarkMs);
        Assert.Equal(watermark, DateTimeOffset.Parse(Assert.Single(response.Headers.GetValues(ReportEndpoints.WatermarkHeader)), null));
    }

    [Fact]
    public async Task Report_AsCsv_IsItsTable()
    {
        using var response = await _http.GetAsync("/v1/reports/daily_events?format=csv", Token);

        Assert.Equal("text/csv", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(
            "date,kind,events\r\n2019-10-01,view,17051\r\n2019-10-01,cart,164\r\n2019-10-01,purchase,214\r\n",
            await response.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("/v1/reports/nonsense", HttpStatusCode.NotFound, ReportNames.CartAbandonment)]
    [InlineData("/v1/reports/brands?format=xls", HttpStatusCode.BadRequest, "csv")]
    public async Task Refusal_NamesWhatThereIs(string address, HttpStatusCode status, string named)
    {
        using var response = await _http.GetAsync(address, Token);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(named, await response.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Gives report grains that compute from the sample, and no others.</summary>
    public class ComputingGrains : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod is { Name: nameof(IGrainFactory.GetGrain) } && targetMethod.ReturnType == typeof(IReportGrain)
                ? new ComputingGrain((string)args![0]!)
                : throw new NotSupportedException(targetMethod?.ToString());
    }

    private sealed class ComputingGrain(string name) : IReportGrain
    {
        public Task StartAsync() => Task.CompletedTask;

        public Task<Report?> GetAsync() =>
            Task.FromResult(new ReportCatalog(Options.Create(new ReportOptions())).Find(name)?.Compute(Tallies));

        public Task<IReadOnlyList<string>> WriteSnapshotAsync() => throw new NotSupportedException();
    }
}
