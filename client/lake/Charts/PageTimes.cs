using System.Globalization;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Charts;

/// <summary>The axis of a page's charts over time: hours, days or months, without gaps; at most 600, the latest.</summary>
/// <param name="Unit">What one bar is of.</param>
/// <param name="Moments">The begin of each bar, UTC.</param>
internal sealed record PageTimes(PeriodKind Unit, IReadOnlyList<DateTime> Moments)
{
    private const int MostHours = 48;
    private const int MostDays = 400;
    private const int MostBars = 600;

    /// <summary>Under the bars.</summary>
    public IReadOnlyList<string> Labels => [.. Moments.Select(Label)];

    /// <summary>The axis of a period, or of the hours that a lake has.</summary>
    /// <param name="period">The period; null for all that there is.</param>
    /// <param name="first">The first hour with events.</param>
    /// <param name="last">The last hour with events.</param>
    public static PageTimes Of(Period? period, DateTime first, DateTime last)
    {
        var from = period?.Start ?? first;
        var to = period?.End ?? last.AddHours(1);
        var unit = (to - from).TotalHours <= MostHours ? PeriodKind.Hour : (to - from).TotalDays <= MostDays ? PeriodKind.Day : PeriodKind.Month;
        var moments = new List<DateTime>();
        for (var bar = Period.Of(unit, from); bar.Start < to && (moments.Count == 0 || bar.Start > moments[^1]); bar = Period.Of(unit, bar.End))
        {
            moments.Add(bar.Start);
        }

        return new PageTimes(unit, [.. moments.TakeLast(MostBars)]);
    }

    private string Label(DateTime moment) => moment.ToString(
        Unit switch
        {
            PeriodKind.Hour when (Moments[^1] - Moments[0]).TotalHours < 24 => "HH':00'",
            PeriodKind.Hour => "MM-dd HH':00'",
            PeriodKind.Day => "yyyy-MM-dd",
            _ => "yyyy-MM",
        },
        CultureInfo.InvariantCulture);
}
