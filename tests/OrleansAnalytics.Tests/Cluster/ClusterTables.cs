using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>The tables of members and reminders, by the providers of a node that is composed as a silo of the cluster and not started.</summary>
internal sealed class ClusterTables : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly StorageFolder _folder = new();

    private ClusterTables(string[] settings) => _app = SiloHost.Build(new SiloSettings
    {
        DataFolder = _folder.Next(),
        Urls = "http://127.0.0.1:0",
        Profile = "postgres",
        Configuration = ["--Cluster:SharedData", "true", "--Log:Kafka:BootstrapServers", "127.0.0.1:1", .. settings],
    });

    public IMembershipTable Members => _app.Services.GetRequiredService<IMembershipTable>();

    public IReminderTable Reminders => _app.Services.GetRequiredService<IReminderTable>();

    public string ClusterId => _app.Services.GetRequiredService<IOptions<ClusterOptions>>().Value.ClusterId;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The tables, ready to be asked.</summary>
    /// <param name="settings">Which membership, as silos are told; the profile is that of PostgreSQL.</param>
    public static async Task<ClusterTables> OpenAsync(params string[] settings)
    {
        var tables = new ClusterTables(settings);
        await tables.Members.InitializeMembershipTableAsync(true, Token);
        await tables.Reminders.StartAsync(Token);
        return tables;
    }

    /// <summary>How many silos have this status.</summary>
    public async Task<int> CountAsync(SiloStatus status) => (await Members.ReadAllAsync(Token)).Members.Count(member => member.Item1.Status == status);

    /// <summary>All reminders, by grain and name.</summary>
    public async Task<IReadOnlyList<string>> RemindersAsync() => [.. (await Reminders.ReadRows(0, 0)).Reminders.Select(reminder => $"{reminder.GrainId} {reminder.ReminderName}").Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}
