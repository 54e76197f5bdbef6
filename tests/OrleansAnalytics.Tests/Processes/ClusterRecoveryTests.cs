using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Tests.AzureStorage;
using OrleansAnalytics.Tests.PostgreSql;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>
/// How long it takes until the others have caught up when one of three silos is killed under load. The times are told and not judged:
/// <c>ORLEANS_ANALYTICS_RECOVERY_RATE=50000</c> loads them with so many events a second together, for <c>ORLEANS_ANALYTICS_RECOVERY_SECONDS</c> (20).
/// </summary>
public sealed class ClusterRecoveryTests(PostgreSqlOfTheRun database, SharedAzurite azurite)
{
    private const int Silos = 3;
    private const int DefaultRate = 1_000;
    private const int DefaultSeconds = 3;
    private const int SecondsAtARate = 20;
    private const int UsersCompared = 100;
    private const int Partitions = 12;

    // The broker of these tests keeps 5 MB of a partition. With fewer of them it would drop events at such a rate that a killed silo's successor has yet to read, and the status would say so.
    private const int PartitionsAtARate = 48;

    [Fact]
    public async Task The_others_go_on_without_loss_when_a_silo_is_killed_under_load()
    {
        var told = Told.Number("ORLEANS_ANALYTICS_RECOVERY_RATE");
        var rate = told ?? DefaultRate;
        var load = new PacedLoad(rate, Told.Number("ORLEANS_ANALYTICS_RECOVERY_SECONDS") ?? (told is null ? DefaultSeconds : SecondsAtARate));
        await using var cluster = await ProcessCluster.StartAsync(Silos, database, azurite, partitions: told is null ? Partitions : PartitionsAtARate);
        var started = Stopwatch.GetTimestamp();
        var sending = load.SendAsync(cluster.Nodes);
        await load.AlmostOver;
        var loaded = Stopwatch.GetElapsedTime(started);
        var before = await cluster[0].StatusAsync();
        cluster[1].Program.Kill();
        var killed = Stopwatch.GetTimestamp();
        await cluster.VotedOutAsync(1);
        var votedOut = Stopwatch.GetElapsedTime(killed);
        var acknowledged = await sending;
        await cluster[0].CaughtUpAsync();
        var caughtUp = Stopwatch.GetElapsedTime(killed);
        await cluster.EndedAsync(1, exitCode: null);

        await load.SendUnacknowledgedAsync(cluster[2]);
        var after = await cluster[0].CaughtUpAsync();
        var accepted = Total(after, "accepted");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"cluster recovery: {rate:N0} events/s wanted, {Total(before, "received") / loaded.TotalSeconds:N0} taken for {loaded.TotalSeconds:0.0} s ({acknowledged:N0} in the end), lag at the kill {Total(before, "lag"):N0}; " +
            $"voted out after {votedOut.TotalSeconds:0.0} s, caught up {caughtUp.TotalSeconds:0.0} s after the kill; of {load.Events:N0} events {load.Events - Math.Min(load.Events, accepted)} lost, {Math.Max(0, accepted - load.Events)} doubled"));
        Assert.Equal(load.Events, accepted);
        foreach (var (user, events) in load.EventsOfUsers.Take(UsersCompared))
        {
            var journey = await cluster[2].JourneyAsync(user);
            Assert.Equal((user, events), (user, journey.GetProperty("events").GetInt64()));
        }
    }

    private static long Total(JsonElement status, string what) => status.GetProperty("totals").GetProperty(what).GetInt64();
}
