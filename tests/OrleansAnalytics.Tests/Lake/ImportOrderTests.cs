using OrleansAnalytics.Lake.Import;
using OrleansAnalytics.Tests.Cluster;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>In order, hours are written while the file is read; what comes late must be in them all the same.</summary>
public sealed class ImportOrderTests
{
    private const string All = "SELECT epoch_ms(event_time), * EXCLUDE (event_time) FROM lake ORDER BY ALL";

    private static readonly string[] InOrder = [.. new GeneratedFile(5_000, seed: 3, days: 1).Lines];

    [Fact]
    public void Rows_that_come_late_are_in_their_hours()
    {
        string[] late = [.. InOrder.Skip(1).Where((_, row) => row % 500 == 7)];
        string[] moved = [InOrder[0], .. InOrder.Skip(1).Except(late), .. late];

        SameLake(InOrder.Distinct(), moved);
    }

    [Fact]
    public void Rows_in_any_order_give_the_same_lake()
    {
        var lines = InOrder.ToArray();
        new Random(4).Shuffle(lines.AsSpan(1));

        SameLake(InOrder, lines);
    }

    [Fact]
    public void Rows_told_in_another_zone_are_in_their_hours_and_are_no_second_events()
    {
        var (zoned, twice) = (InOrder[1..3].Select(Zoned), Zoned(InOrder[10]));

        SameLake([.. InOrder, InOrder[10]], [InOrder[0], .. InOrder.Skip(3), .. zoned, twice]);
    }

    [Fact]
    public void Odd_prices_among_plain_ones_are_the_same_events()
    {
        var result = SameLake(
            InOrder.Append(InOrder[5]), InOrder.Append(InOrder[5].Replace($",{PriceOf(InOrder[5])},", $",{PriceOf(InOrder[5])}e0,", StringComparison.Ordinal)));

        Assert.True(result.Duplicates > 0);
    }

    private static string PriceOf(string line) => line.Split(',')[6];

    private static string Zoned(string line) => line.Replace(" UTC,", "+00:00,", StringComparison.Ordinal);

    private static ImportResult SameLake(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        using var one = new ImportedLake();
        using var other = new ImportedLake();
        var first = one.Import(one.File(string.Join('\n', expected)));
        var second = other.Import(other.File(string.Join('\n', actual)));

        Assert.True(first.Manifest.Files.Count > 20);
        Assert.Equal(one.Query(All), other.Query(All));
        Assert.Equal((first.Received, first.Duplicates, first.Rejected), (second.Received, second.Duplicates, second.Rejected));
        return second;
    }
}
