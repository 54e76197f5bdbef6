using System.Globalization;
using OrleansAnalytics.Tests.Simulation.Bugs;
using Xunit;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>Takes all cores for a while, so nothing else runs beside it.</summary>
[CollectionDefinition(nameof(SimulationTests), DisableParallelization = true)]
public sealed class AloneCollection;

/// <summary>
/// The guarantee, on random schedules. More of them: ORLEANS_ANALYTICS_SCHEDULES=10000000. One of them, told step by step: ORLEANS_ANALYTICS_SEED=….
/// </summary>
[Collection(nameof(SimulationTests))]
public sealed class SimulationTests(ITestOutputHelper output)
{
    private const string SchedulesVariable = "ORLEANS_ANALYTICS_SCHEDULES";
    private const string SeedVariable = "ORLEANS_ANALYTICS_SEED";
    private const long UsualSchedules = 100_000;
    private const long SchedulesPerBug = 20_000;

    public static TheoryData<string> Bugs { get; } = [.. KnownBugs.All.Keys];

    [Fact]
    public void Every_event_is_in_every_entity_once_whatever_the_schedule()
    {
        if (Told.Text(SeedVariable) is { } seed)
        {
            var told = Schedules.Replay(seed, () => Bug.None);
            Console.WriteLine($"{told.Story}\nseed {seed}: {(told.Wrong.Length == 0 ? "all is well" : told.Wrong)}");
            Assert.True(told.Wrong.Length == 0, told.Wrong);
            return;
        }

        var schedules = long.Parse(Told.Text(SchedulesVariable) ?? UsualSchedules.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        // The usual ones are always the same; further ones come in by their number.
        var bad = Schedules.FindBad(first: 1, schedules, () => Bug.None);
        Assert.True(bad is null, $"{bad?.Wrong}\nReplay: {SeedVariable}={bad?.Replay}\n{bad?.Story}");
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_mistake_in_the_protocol_is_found(string mistake)
    {
        var bad = Schedules.FindBad(first: 1, SchedulesPerBug, KnownBugs.All[mistake]);
        Assert.True(bad is not null, $"{SchedulesPerBug} schedules did not show it: {mistake}");
        output.WriteLine($"{bad.Replay}: {bad.Wrong}");
    }

    [Fact]
    public void Every_kind_of_fault_strikes()
    {
        var missing = Enum.GetValues<Fault>().ToHashSet();
        for (var seed = 1UL; seed <= 1000; seed++)
        {
            missing.ExceptWith(Schedules.Run(seed, Bug.None).World.Faults.Kinds);
        }

        Assert.Empty(missing);
    }

    [Fact]
    public void A_seed_is_one_schedule()
    {
        for (var seed = 1UL; seed <= 100; seed++)
        {
            Assert.Equal(Schedules.Run(seed, Bug.None, tell: true).World.Story, Schedules.Run(seed, Bug.None, tell: true).World.Story);
        }
    }
}
