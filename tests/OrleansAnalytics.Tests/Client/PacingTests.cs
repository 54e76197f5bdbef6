using System.Text;
using CsCheck;
using OrleansAnalytics.Cli;
using OrleansAnalytics.Client;
using Xunit;

namespace OrleansAnalytics.Tests.Client;

public sealed class PacingTests
{
    private const string Header = "event_time,event_type,user_id\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void At_speed_sixty_an_hour_takes_a_minute()
    {
        var pacer = new Pacer(60, 1_000);
        Assert.Equal(1_000, pacer.Due(50_000_000));
        Assert.Equal(61_000, pacer.Due(53_600_000));
        Assert.Equal(1_000, pacer.Due(40_000_000));
    }

    [Fact]
    public void Without_a_speed_everything_is_due_at_once()
    {
        var pacer = new Pacer(double.PositiveInfinity, 1_000);
        Gen.Long[0, 4_000_000_000_000].Sample(time => pacer.Due(time) == 1_000);
    }

    [Theory]
    [InlineData("event_time,user_id", "2019-10-01 00:00:01 UTC,7", 1_569_888_001_000)]
    [InlineData("user_id,event_time", "7,2019-10-01T00:00:01Z\r\n", 1_569_888_001_000)]
    [InlineData("user_id,timestamp", "\"a,b\",\"2019-10-01 00:00:01\"", 1_569_888_001_000)]
    [InlineData("user_id,timestamp", "7,1569888001", 1_569_888_001_000)]
    [InlineData("user_id,timestamp", "7,1569888001005", 1_569_888_001_005)]
    public void A_column_tells_the_time(string header, string line, long expected)
    {
        Assert.True(EventTimeField.For(RecordFormat.Csv, Encoding.UTF8.GetBytes(header)).TryRead(Encoding.UTF8.GetBytes(line), out var time));
        Assert.Equal(expected, time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("7,yesterday at noon")]
    public void A_line_without_a_time_is_left_alone(string line)
    {
        var field = EventTimeField.For(RecordFormat.Csv, "user_id,event_time"u8);
        Assert.False(field.TryRead(Encoding.UTF8.GetBytes(line), out _));
        Assert.Equal(line, Encoding.UTF8.GetString(field.Move(Encoding.UTF8.GetBytes(line), 1_000)));
    }

    [Fact]
    public void Moving_changes_the_time_and_nothing_else()
    {
        var csv = EventTimeField.For(RecordFormat.Csv, "event_time,event_type,user_id"u8);
        Assert.Equal("2019-10-02T00:00:01.000Z,view,ü\n", Encoding.UTF8.GetString(csv.Move("2019-10-01 00:00:01 UTC,view,ü\n"u8, 86_400_000)));

        var json = EventTimeField.For(RecordFormat.JsonLines, "{}"u8);
        Assert.Equal(
            """{"user_id":"1","event_time": "2019-10-01T00:00:02.500Z","x":1}""",
            Encoding.UTF8.GetString(json.Move("""{"user_id":"1","event_time": "2019-10-01T00:00:02Z","x":1}"""u8, 500)));
    }

    [Fact]
    public void A_file_without_a_time_column_cannot_be_paced() =>
        Assert.Throws<InvalidDataException>(() => EventTimeField.For(RecordFormat.Csv, "a,b"u8));

    [Theory]
    [InlineData("event_time,event_id", true)]
    [InlineData("transaction_id,timestamp", true)]
    [InlineData("event_time,user_id", false)]
    public void Ids_of_their_own_are_noticed(string header, bool expected) =>
        Assert.Equal(expected, EventTimeField.For(RecordFormat.Csv, Encoding.UTF8.GetBytes(header)).HasEventIds);

    [Fact]
    public async Task A_replay_waits_between_lines_and_sends_together_what_is_due_together()
    {
        var time = new ImpatientTime(Timeout.InfiniteTimeSpan);
        var replay = new Replay(new Pacer(10, time.GetUtcNow().ToUnixTimeMilliseconds()), time);
        var chunks = await ReplayAsync(replay, "2019-10-01 00:00:00 UTC,view,1", "2019-10-01 00:00:01 UTC,view,2", "2019-10-01 00:01:40 UTC,view,3", "x,view,4");
        Assert.Equal([TimeSpan.FromSeconds(10)], time.Pauses);
        Assert.Equal([(1L, 2), (3L, 2)], chunks.Select(chunk => (chunk.FirstRecord, chunk.Records)));
        Assert.All(chunks, chunk => Assert.StartsWith(Header, Encoding.UTF8.GetString(chunk.Body.Span), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_second_round_follows_on_the_first()
    {
        var time = new ImpatientTime(Timeout.InfiniteTimeSpan);
        var replay = new Replay(new Pacer(double.PositiveInfinity, 0), time);
        await ReplayAsync(replay, "2019-10-01 00:00:00 UTC,view,1", "2019-10-01 00:00:09 UTC,view,2");
        Assert.Equal(9_000, replay.LastMs - replay.FirstMs);
        replay.MoveByMs = replay.LastMs - replay.FirstMs + 1_000;
        var second = Assert.Single(await ReplayAsync(replay, "2019-10-01 00:00:00 UTC,view,1", "2019-10-01 00:00:09 UTC,view,2"));
        Assert.Equal(
            Header + "2019-10-01T00:00:10.000Z,view,1\n2019-10-01T00:00:19.000Z,view,2\n", Encoding.UTF8.GetString(second.Body.Span));
        Assert.Empty(time.Pauses);
    }

    private static async Task<List<RecordChunk>> ReplayAsync(Replay replay, params string[] lines)
    {
        var file = new MemoryStream(Encoding.UTF8.GetBytes(Header + string.Concat(lines.Select(line => line + "\n"))));
        var chunks = RecordChunker.ReadAsync(file, RecordFormat.Csv, 4096, Cancel);
        return await replay.PaceAsync(chunks, RecordFormat.Csv, CancellationToken.None, Cancel).ToListAsync(Cancel);
    }
}
