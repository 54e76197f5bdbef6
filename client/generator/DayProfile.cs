namespace OrleansAnalytics.Generator;

/// <summary>How a day's sessions spread over its hours (UTC): most from 14 to 17 h, least from 0 to 2 h, nine to one.</summary>
internal static class DayProfile
{
    private static readonly double[] Weights =
        [1.0, 0.95, 1.2, 2.2, 3.8, 5.2, 6.2, 6.9, 7.3, 7.6, 7.8, 7.9, 8.1, 8.4, 8.9, 9.3, 9.1, 8.3, 6.8, 5.0, 3.6, 2.5, 1.7, 1.2];

    private static readonly double[] Before = Cumulative();

    /// <summary>The second of the day by which a share of the day's sessions, in [0, 1), has begun.</summary>
    public static int SecondAt(double share)
    {
        var hour = 0;
        while (hour < 23 && Before[hour + 1] <= share)
            hour++;
        var second = (hour * 3600) + (int)(3600 * (share - Before[hour]) / (Before[hour + 1] - Before[hour]));
        return Math.Min(second, 86_399);
    }

    /// <summary>The share of the day's sessions that has begun by a second of the day.</summary>
    public static double ShareBy(int second)
    {
        var hour = second / 3600;
        return Before[hour] + ((Before[hour + 1] - Before[hour]) * (second % 3600) / 3600);
    }

    private static double[] Cumulative()
    {
        double total = 0;
        foreach (var weight in Weights)
            total += weight;
        var before = new double[25];
        for (var i = 0; i < 24; i++)
            before[i + 1] = before[i] + (Weights[i] / total);
        before[24] = 1;
        return before;
    }
}
