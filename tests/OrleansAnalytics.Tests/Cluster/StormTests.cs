using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>
/// Storms over a cluster of three silos. <c>ORLEANS_ANALYTICS_STORM=17</c> repeats the storm of one seed; <c>ORLEANS_ANALYTICS_SOAK=01:00:00</c> goes on with
/// new seeds for an hour.
/// </summary>
public sealed class StormTests
{
    private const int SeedsInCi = 20;
    private static readonly TimeSpan Soak = Told.Text("ORLEANS_ANALYTICS_SOAK") is { } time ? TimeSpan.Parse(time, CultureInfo.InvariantCulture) : TimeSpan.Zero;

    public static TheoryData<int> Seeds()
    {
        if (Told.Text("ORLEANS_ANALYTICS_STORM") is { } seed)
        {
            return [int.Parse(seed, CultureInfo.InvariantCulture)];
        }

        // Fresh seeds for each soak: by the second, so that none of the next day's are among them.
        return Soak > TimeSpan.Zero
            ? [(int)(DateTimeOffset.UtcNow.ToUnixTimeSeconds() & 0x3FFF_FFFF)]
            : [.. Enumerable.Range(1, SeedsInCi)];
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task After_a_storm_every_report_journey_and_count_is_as_the_oracle_says(int seed)
    {
        var started = Stopwatch.GetTimestamp();
        do
        {
            try
            {
                Tell(await Storm.PassAsync(seed));
            }
            catch (Exception exception)
            {
                Tell($"storm {seed}: {exception.Message}");
                throw new InvalidOperationException($"The storm of seed {seed} failed; ORLEANS_ANALYTICS_STORM={seed} repeats it.", exception);
            }

            seed++;
        }
        while (Stopwatch.GetElapsedTime(started) < Soak);
    }

    // Straight to the terminal, so that a soak can be watched.
    private static void Tell(string line) => Console.WriteLine(line);
}
