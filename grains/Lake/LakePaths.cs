using System.Globalization;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Lake;

/// <summary>
/// How a partition's files are named. The owner's generation and the number of the try are part of the name, so no two files ever have the same: an owner that has
/// lost its partition and does not know it, or a try that was given up and is done late, cannot replace what others have written.
/// </summary>
public static class LakePaths
{
    /// <summary>How the names of all files of a partition begin.</summary>
    public static string Prefix(int partition) => string.Create(CultureInfo.InvariantCulture, $"p{partition:00000}-");

    /// <summary><c>date=2019-10-01/hour=02/p00003-00000000000000000001-g1-1.parquet</c>.</summary>
    /// <param name="hour">The hour's number, see <see cref="EventTime.Hour"/>.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="from">The first position that the file may hold.</param>
    /// <param name="generation">The owner's generation.</param>
    /// <param name="number">Counts the owner's tries.</param>
    public static string Of(int hour, int partition, long from, long generation, long number) => string.Create(
        CultureInfo.InvariantCulture,
        $"date={EventTime.DayName(EventTime.DayOfHour(hour))}/hour={EventTime.HourOfDayOfHour(hour):00}/{Prefix(partition)}{from:D20}-g{generation}-{number}.parquet");
}
