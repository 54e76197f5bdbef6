using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Runtime;
using OrleansAnalytics.Hosting;
using Xunit;

namespace OrleansAnalytics.Tests.Http;

public sealed class DashboardTests
{
    private const string Gatherer = "DashboardHost";

    [Fact]
    public async Task The_dashboard_costs_nothing_before_the_first_look_and_shows_the_silo_after_it()
    {
        var folder = Directory.CreateTempSubdirectory("dashboard-");
        await using var app = SiloHost.Build(new SiloSettings { DataFolder = folder.FullName, Urls = "http://127.0.0.1:0" });
        Assert.DoesNotContain(app.Services.GetServices<IHostedService>(), service => service.GetType().Name == Gatherer);
        Assert.DoesNotContain(app.Services.GetServices<ILifecycleParticipant<ISiloLifecycle>>(), service => service.GetType().Name == Gatherer);
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/orleans/", TestContext.Current.CancellationToken)).StatusCode);
        await Eventually.IsAsync(
            () => http.GetFromJsonAsync<JsonElement>("/orleans/DashboardCounters", TestContext.Current.CancellationToken),
            counters => counters.GetProperty("hosts").GetArrayLength() == 1 && counters.GetProperty("totalActivationCount").GetInt32() > 0,
            "the dashboard to show the silo");
        await app.StopAsync(TestContext.Current.CancellationToken);
        folder.Delete(recursive: true);
    }
}
