using OrleansAnalytics.PostgreSql;
using OrleansAnalytics.Tests.Cluster;
using Xunit;

namespace OrleansAnalytics.Tests.PostgreSql;

/// <summary>What Orleans' providers do with our tables and statements.</summary>
public sealed class PostgreSqlClusterTests(PostgreSqlOfTheRun server) : MembershipContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_latest_sign_of_life_counts_whenever_it_comes()
    {
        await using var cluster = await OpenAsync();
        var active = Member(11_111);
        Assert.True(await cluster.Members.InsertRowAsync(active, (await cluster.Members.ReadAllAsync(Token)).Version.Next(), Token));
        var later = active.IAmAliveTime.AddSeconds(5);
        foreach (var time in (DateTime[])[later, later.AddSeconds(-3)])
        {
            active.IAmAliveTime = time;
            await cluster.Members.UpdateIAmAliveAsync(active, Token);
        }

        Assert.Equal(later, Assert.Single((await cluster.Members.ReadRowAsync(active.SiloAddress, Token)).Members).Item1.IAmAliveTime);
        Assert.Empty((await cluster.Members.ReadRowAsync(Member(11_114).SiloAddress, Token)).Members);
    }

    protected override async Task<string[]> SettingsAsync() => [$"--PostgreSql:{nameof(PostgreSqlOptions.ConnectionString)}", (await server.NewShopAsync()).ConnectionString!];
}
