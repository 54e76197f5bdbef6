using CsCheck;
using OrleansAnalytics.Snapshots;
using Xunit;

namespace OrleansAnalytics.Tests.Snapshots;

public sealed class PeriodTests
{
    private static readonly Gen<DateTime> Times = Gen.Long[DateTime.UnixEpoch.Ticks, new DateTime(2200, 1, 1).Ticks].Select(ticks => new DateTime(ticks, DateTimeKind.Utc));

    [Fact]
    public void A_period_has_the_moments_from_its_start_to_its_end_and_is_found_by_its_name() => Gen.Select(Times, Gen.Int[0, 2].Select(kind => (PeriodKind)kind)).Sample((time, kind) =>
    {
        var period = Period.Of(kind, time);
        Assert.True(period.Contains(time));
        Assert.True(period.Contains(period.Start) && !period.Contains(period.End) && !period.Contains(period.Start.AddTicks(-1)));
        Assert.Equal(period, Period.Of(kind, period.Start));
        Assert.Equal(period.End, Period.Of(kind, period.End).Start);
        Assert.Equal(period, Period.Find(kind, period.Name));
        Assert.Equal(kind, PeriodKinds.Find(kind.Name()));
    });

    [Theory]
    [InlineData(PeriodKind.Hour, "2019-10-01T02", "hour 2019-10-01T02")]
    [InlineData(PeriodKind.Day, "2019-10-01", "day 2019-10-01")]
    [InlineData(PeriodKind.Month, "2019-10", "month 2019-10")]
    public void Names_are_those_of_the_calendar(PeriodKind kind, string name, string text) =>
        Assert.Equal((name, text), (Period.Of(kind, new DateTime(2019, 10, 1, 2, 30, 0, DateTimeKind.Utc)).Name, Period.Find(kind, name).ToString()));

    [Theory]
    [InlineData(PeriodKind.Day, "../../etc")]
    [InlineData(PeriodKind.Day, "2019-10-01/..")]
    [InlineData(PeriodKind.Day, " 2019-10-01")]
    [InlineData(PeriodKind.Day, "2019-10-1")]
    [InlineData(PeriodKind.Day, "2019-02-29")]
    [InlineData(PeriodKind.Hour, "2019-10-01T24")]
    [InlineData(PeriodKind.Month, "")]
    public void What_is_no_name_is_no_period(PeriodKind kind, string name) => Assert.Null(Period.Find(kind, name));

    [Fact]
    public void The_last_month_ends_with_the_calendar() =>
        Assert.Equal(DateTime.MaxValue, Period.Of(PeriodKind.Month, new DateTime(9999, 12, 31, 0, 0, 0, DateTimeKind.Utc)).End);
}
