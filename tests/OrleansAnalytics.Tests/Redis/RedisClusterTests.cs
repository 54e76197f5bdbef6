using OrleansAnalytics.Tests.Cluster;

namespace OrleansAnalytics.Tests.Redis;

/// <summary>What Orleans' providers do with a real Redis.</summary>
public sealed class RedisClusterTests(RedisOfTheRun server) : MembershipContract
{
    // State has to be somewhere that silos could share; nothing asks for it here.
    protected override async Task<string[]> SettingsAsync() =>
        ["--Cluster:Kind", "redis", "--Redis:ConnectionString", await server.NewDatabaseAsync(), "--PostgreSql:ConnectionString", "Host=127.0.0.1;Port=1;Database=shop"];
}
