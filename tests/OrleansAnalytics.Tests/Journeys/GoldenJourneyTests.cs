using System.Buffers;
using System.Globalization;
using System.Text.Json;
using OrleansAnalytics.Events;
using OrleansAnalytics.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Journeys;

public sealed class GoldenJourneyTests
{
    [Theory]
    [InlineData("rees46-2019-10-01", 5)]
    [InlineData("cosmetics-2022-10-01", 3)]
    public void Journeys_of_the_sample_files_are_the_golden_ones(string file, int users)
    {
        using var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Path($"golden/{file}.json")));
        var journeys = golden.RootElement.GetProperty("journeys").EnumerateObject().ToArray();
        Assert.Equal(users, journeys.Length);
        var events = Read(SharedData.Path(file + ".csv")).ToLookup(e => e.UserId);
        foreach (var expected in journeys)
        {
            var output = new ArrayBufferWriter<byte>();
            JourneyJson.WriteGolden(output, new JourneyFold(new JourneyOptions()).FoldAll(events[expected.Name]).ToJourney(expected.Name)!);
            using var actual = JsonDocument.Parse(output.WrittenMemory);
            Assert.True(JsonElement.DeepEquals(expected.Value, actual.RootElement), $"{expected.Name}: expected {expected.Value} but got {actual.RootElement}");
        }
    }

    /// <summary>The complete lines of a file, each once.</summary>
    private static IEnumerable<ShopEvent> Read(string path)
    {
        var lines = File.ReadLines(path).Select(line => line.Split(',')).ToArray();
        var column = lines[0].Index().ToDictionary(c => c.Item, c => c.Index);
        foreach (var cells in lines.Skip(1).Where(c => c.Length == column.Count).DistinctBy(c => string.Join(',', c)))
        {
            Assert.True(EventKinds.TryParse(System.Text.Encoding.UTF8.GetBytes(cells[column["event_type"]]), out var kind));
            var time = DateTimeOffset.ParseExact(cells[column["event_time"]], "yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            yield return RandomEvents.Event(time.ToUnixTimeMilliseconds(), kind, cells[column["product_id"]]) with
            {
                UserId = cells[column["user_id"]],
                SessionKey = cells[column["user_session"]],
                Price = Money.FromAmount(decimal.Parse(cells[column["price"]], CultureInfo.InvariantCulture)),
            };
        }
    }
}
