using Orleans;
using Orleans.Runtime;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>What silos rely on in the tables of members and reminders, wherever they are.</summary>
public abstract class MembershipContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_of_membership_needs_the_version_that_was_read()
    {
        await using var cluster = await OpenAsync();
        var table = cluster.Members;
        var empty = await table.ReadAllAsync(Token);
        Assert.Equal((0, 0), (empty.Members.Count, empty.Version.Version));

        var entry = Member(11_111);
        Assert.True(await table.InsertRowAsync(entry, empty.Version.Next(), Token));
        Assert.False(await table.InsertRowAsync(Member(11_112), empty.Version.Next(), Token));
        var one = await table.ReadAllAsync(Token);
        Assert.False(await table.InsertRowAsync(entry, one.Version.Next(), Token));
        Assert.Equal(1, one.Version.Version);

        var (read, etag) = Assert.Single(one.Members);
        Assert.Equal((entry.SiloAddress, entry.SiloName, entry.HostName, entry.Status, entry.ProxyPort), (read.SiloAddress, read.SiloName, read.HostName, read.Status, read.ProxyPort));
        Assert.Equal((entry.StartTime, entry.IAmAliveTime), (read.StartTime, read.IAmAliveTime));

        read.Status = SiloStatus.Dead;
        read.SuspectTimes = [Tuple.Create(Member(11_113).SiloAddress, entry.StartTime)];
        Assert.False(await table.UpdateRowAsync(read, etag, empty.Version.Next(), Token));
        Assert.True(await table.UpdateRowAsync(read, etag, one.Version.Next(), Token));
        var two = await table.ReadAllAsync(Token);
        var (changed, _) = Assert.Single(two.Members);
        Assert.Equal((SiloStatus.Dead, 2), (changed.Status, two.Version.Version));
        Assert.Equal(read.SuspectTimes, changed.SuspectTimes);
    }

    [Fact]
    public async Task A_sign_of_life_changes_no_version_and_only_the_dead_are_forgotten()
    {
        await using var cluster = await OpenAsync();
        var table = cluster.Members;
        var (active, dead) = (Member(11_111), Member(11_112));
        dead.Status = SiloStatus.Dead;
        Assert.True(await table.InsertRowAsync(active, (await table.ReadAllAsync(Token)).Version.Next(), Token));
        Assert.True(await table.InsertRowAsync(dead, (await table.ReadAllAsync(Token)).Version.Next(), Token));
        active.IAmAliveTime = active.IAmAliveTime.AddSeconds(5);
        await table.UpdateIAmAliveAsync(active, Token);
        var read = await table.ReadAllAsync(Token);
        Assert.Equal((active.IAmAliveTime, 2), (read.TryGet(active.SiloAddress)!.Item1.IAmAliveTime, read.Version.Version));

        await table.CleanupDefunctSiloEntriesAsync(active.IAmAliveTime.AddDays(1), Token);
        Assert.Equal(active.SiloAddress, Assert.Single((await table.ReadAllAsync(Token)).Members).Item1.SiloAddress);
        await table.DeleteMembershipTableEntriesAsync(cluster.ClusterId, Token);
        await table.InitializeMembershipTableAsync(true, Token);
        Assert.Empty((await table.ReadAllAsync(Token)).Members);
    }

    [Fact]
    public async Task Reminders_are_kept_read_by_range_and_removed_under_their_etag()
    {
        await using var cluster = await OpenAsync();
        var table = cluster.Reminders;
        var start = new DateTime(2026, 11, 27, 8, 0, 0, DateTimeKind.Utc);
        var entries = Enumerable.Range(0, 40).Select(i => new ReminderEntry { GrainId = GrainId.Create("partition", $"{i}"), ReminderName = "watchdog", StartAt = start, Period = TimeSpan.FromMinutes(1) }).ToList();
        foreach (var entry in entries)
        {
            await table.UpsertRow(entry);
        }

        var read = await table.ReadRow(entries[3].GrainId, "watchdog");
        Assert.Equal((start, TimeSpan.FromMinutes(1)), (read!.StartAt, read.Period));
        var etag = await table.UpsertRow(entries[3]);
        Assert.NotEqual(read.ETag, etag);

        // Halves of the ring, one of them over its end.
        var (one, two) = ((await table.ReadRows(0x2000_0000, 0xA000_0000)).Reminders, (await table.ReadRows(0xA000_0000, 0x2000_0000)).Reminders);
        Assert.Equal(40, one.Count + two.Count);
        Assert.All(one, entry => Assert.InRange(entry.GrainId.GetUniformHashCode(), 0x2000_0001u, 0xA000_0000u));
        Assert.False(await table.RemoveRow(entries[3].GrainId, "watchdog", read.ETag!));
        Assert.True(await table.RemoveRow(entries[3].GrainId, "watchdog", etag!));
        Assert.Empty((await table.ReadRows(entries[3].GrainId)).Reminders);
    }

    /// <summary>A membership of its own for every call, as silos are told.</summary>
    protected abstract Task<string[]> SettingsAsync();

    private protected static MembershipEntry Member(int port) => new()
    {
        SiloAddress = SiloAddress.New(System.Net.IPAddress.Loopback, port, 7),
        SiloName = $"silo {port}",
        HostName = "here",
        Status = SiloStatus.Active,
        ProxyPort = port + 1,
        StartTime = new DateTime(2026, 11, 27, 8, 0, 0, DateTimeKind.Utc),
        IAmAliveTime = new DateTime(2026, 11, 27, 8, 0, 1, DateTimeKind.Utc),
    };

    private protected async Task<ClusterTables> OpenAsync() => await ClusterTables.OpenAsync(await SettingsAsync());
}
