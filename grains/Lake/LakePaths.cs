using System.Globalization;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Lake;

/// <summary>
/// How a partition's files are named. The owner's generation is part of the name: an owner that has lost its partition and does not know it cannot replace a file
/// of its heir.
/// </summary>
public static class LakePaths
{
    /// <summary>How the names of all files of a partition begin.</summary>
    public static string Prefix(int partition) => string.Create(CultureInfo.InvariantCulture, $"p{partition:00000}-");

    /// <summary><c>date=2019-10-01/hour=02/p00003-00000000000000000001-g1.parquet</c>.</summary>
    /// <param name="hour">The hour's number, see <see cref="EventTime.Hour"/>.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="from">The first position that the file may hold.</param>
    /// <param name="generation">The owner's generation.</param>
    public static string Of(int hour, int partition, long from, long generation) => string.Create(
        CultureInfo.InvariantCulture,
        $"date={EventTime.DayName(EventTime.DayOfHour(hour))}/hour={EventTime.HourOfDayOfHour(hour):00}/{Prefix(partition)}{from:D20}-g{generation}.parquet");
}
