using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>
/// How long a node takes to come back when it is killed under load. The times are told and not judged: <c>ORLEANS_ANALYTICS_RECOVERY_RATE=50000</c> loads it
/// with so many events a second, for <c>ORLEANS_ANALYTICS_RECOVERY_SECONDS</c> (20).
/// </summary>
public sealed class RecoveryTests : IDisposable
{
    private const int DefaultRate = 3_000;
    private const int DefaultSeconds = 3;
    private const int SecondsAtARate = 20;
    private const int UsersCompared = 200;

    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_node_that_is_killed_under_load_comes_back_without_loss()
    {
        var told = Told.Number("ORLEANS_ANALYTICS_RECOVERY_RATE");
        var rate = told ?? DefaultRate;
        var seconds = Told.Number("ORLEANS_ANALYTICS_RECOVERY_SECONDS") ?? (told is null ? DefaultSeconds : SecondsAtARate);
        var load = new PacedLoad(rate, seconds);
        var data = _folder.Next();
        JsonElement before;
        long acknowledged;
        TimeSpan loaded;
        await using (var node = ServedNode.Start(data))
        {
            await node.ReadyAsync();
            var started = Stopwatch.GetTimestamp();
            var sending = load.SendAsync(node);
            await load.AlmostOver;
            before = await node.StatusAsync();
            loaded = Stopwatch.GetElapsedTime(started);
            await node.KillAsync();
            acknowledged = await sending;
        }

        var restarted = Stopwatch.GetTimestamp();
        await using var again = ServedNode.Start(data);
        await again.ServesAsync();
        var serves = Stopwatch.GetElapsedTime(restarted);
        var found = await again.StatusAsync();
        await again.ReadyAsync();
        var ready = Stopwatch.GetElapsedTime(restarted);
        var status = await again.CaughtUpAsync();
        var caughtUp = Stopwatch.GetElapsedTime(restarted);
        var kept = Total(status, "end");
        Assert.True(kept >= acknowledged, $"{acknowledged} events were acknowledged and {kept} are in the log");

        await load.SendUnacknowledgedAsync(again);
        var after = await again.CaughtUpAsync();
        var accepted = Total(after, "accepted");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"recovery: {rate:N0} events/s wanted, {acknowledged / loaded.TotalSeconds:N0} acknowledged for {loaded.TotalSeconds:0.0} s, lag at the kill {Total(before, "lag"):N0}; " +
            $"after the restart: answers in {serves.TotalSeconds:0.0} s, ready in {ready.TotalSeconds:0.0} s, caught up in {caughtUp.TotalSeconds:0.0} s " +
            $"with {kept - Sum(found, "replayFrom"):N0} events to replay; of {load.Events:N0} events {load.Events - Math.Min(load.Events, accepted)} lost, {Math.Max(0, accepted - load.Events)} doubled"));
        Assert.Equal(load.Events, accepted);
        foreach (var (user, events) in load.EventsOfUsers.Take(UsersCompared))
        {
            var journey = await again.JourneyAsync(user);
            Assert.Equal((user, events), (user, journey.GetProperty("events").GetInt64()));
        }
    }

    private static long Total(JsonElement status, string what) => status.GetProperty("totals").GetProperty(what).GetInt64();

    private static long Sum(JsonElement status, string what) => status.GetProperty("partitions").EnumerateArray().Sum(one => one.GetProperty(what).GetInt64());
}
