using Xunit;

namespace OrleansAnalytics.Tests.Faults;

public sealed class FaultPlanTests
{
    private static readonly string[] Subjects = ["user/1", "user/2", "product/7"];

    [Fact]
    public void The_fate_of_a_call_does_not_depend_on_what_else_is_called_in_between()
    {
        var oneByOne = Subjects.ToDictionary(subject => subject, subject => Fates(Plan(5), subject));
        var mixed = Plan(5);
        var together = Enumerable.Range(0, 200).SelectMany(_ => Subjects.Reverse().Select(subject => (subject, Fate: mixed.Next("write", subject, FaultPlan.OfWrites)))).ToLookup(one => one.subject, one => one.Fate);

        Assert.All(Subjects, subject => Assert.Equal(oneByOne[subject], together[subject]));
    }

    [Fact]
    public void Another_seed_and_another_subject_have_another_fate()
    {
        Assert.NotEqual(Fates(Plan(1), "user/1"), Fates(Plan(2), "user/1"));
        Assert.NotEqual(Fates(Plan(1), "user/1"), Fates(Plan(1), "user/2"));
    }

    [Fact]
    public void Every_kind_that_fits_strikes_at_about_the_rate()
    {
        var plan = new FaultPlan(seed: 3, writes: 0.1, reads: 0.5);
        for (var call = 0; call < 10_000; call++)
        {
            plan.Next("write", $"user/{call}", FaultPlan.OfDivisibleWrites);
            plan.Next("read", "log", FaultPlan.OfReads);
        }

        var writes = plan.Injected.Where(one => one.Key.StartsWith("write: ", StringComparison.Ordinal)).ToDictionary();
        Assert.Equal(FaultPlan.OfDivisibleWrites.Select(kind => $"write: {kind}").Order(), writes.Keys.Order());
        Assert.All(writes.Values, count => Assert.InRange(count, 140, 260));
        Assert.InRange(plan.Injected["read: FailBefore"] + plan.Injected["read: Slow"], 4_500, 5_500);
    }

    [Fact]
    public async Task A_quiet_plan_strikes_no_more()
    {
        var plan = new FaultPlan(seed: 1, writes: 1, reads: 1);
        Assert.NotEqual(FaultKind.None, plan.Next("write", "user/1", FaultPlan.OfWrites).Kind);

        await plan.QuietAsync();

        Assert.Equal(FaultKind.None, plan.Next("write", "user/1", FaultPlan.OfWrites).Kind);
        Assert.Equal(1, plan.Injected.Values.Sum());
    }

    private static FaultPlan Plan(int seed) => new(seed, writes: 0.3, reads: 0.1);

    private static Fault[] Fates(FaultPlan plan, string subject) => [.. Enumerable.Range(0, 200).Select(_ => plan.Next("write", subject, FaultPlan.OfWrites))];
}
