using System.Net;
using System.Text;
using CsCheck;
using OrleansAnalytics.Client;
using Xunit;

namespace OrleansAnalytics.Tests.Client;

public sealed class UploadTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Chunks_never_split_a_line_and_lose_none() =>
        Gen.Select(Gen.String[Gen.Char["ab,\"é"], 0, 12].Array[0, 40], Gen.Int[1, 50], Gen.Bool, Gen.Bool).Sample((lines, chunkBytes, isCsv, endsWithBreak) =>
        {
            var records = lines.Where(line => line.Length > 0).ToArray();
            var text = (isCsv ? "head,er\n" : "") + string.Join('\n', lines) + (endsWithBreak ? "\n" : "");
            var chunks = Chunks(text, isCsv ? RecordFormat.Csv : RecordFormat.JsonLines, chunkBytes);
            var first = 1L;
            List<string> read = [];
            foreach (var chunk in chunks)
            {
                var body = Encoding.UTF8.GetString(chunk.Body.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);
                Assert.Equal(first, chunk.FirstRecord);
                if (isCsv)
                    Assert.Equal("head,er", body[0]);
                var own = body.Skip(isCsv ? 1 : 0).ToArray();
                Assert.Equal(chunk.Records, own.Length);
                Assert.NotEmpty(own);
                read.AddRange(own);
                first += own.Length;
            }
            Assert.Equal(records, read);
        });

    [Theory]
    [InlineData("a.csv", RecordFormat.Csv)]
    [InlineData("a.csv.gz", RecordFormat.Csv)]
    [InlineData("a.ndjson.gz", RecordFormat.JsonLines)]
    [InlineData("a.JSONL", RecordFormat.JsonLines)]
    public void The_name_tells_the_format(string name, RecordFormat format) => Assert.Equal(format, RecordChunker.FormatOf(name));

    [Fact]
    public async Task A_file_is_sent_in_order_with_source_and_record_numbers()
    {
        var server = new FaultyServer().Then(HttpStatusCode.ServiceUnavailable);
        server.Answer = _ => """{"received":1,"appended":0,"rejected":[{"index":0,"reason":"bad_time"}],"rejectedTotal":1}""";
        using var client = Client(server);
        List<UploadProgress> seen = [];
        var result = await client.UploadAsync(Lines(3), RecordFormat.Csv, "my shop.csv", new Collect(seen), Cancel);
        Assert.Equal(["1", "1", "2", "3"], server.Requests.Select(request => request.Path.Split("first_record=")[1]));
        Assert.All(server.Requests, request => Assert.StartsWith("/v1/events?source=my%20shop.csv&", request.Path, StringComparison.Ordinal));
        Assert.All(server.Requests, request => Assert.Equal("text/csv", request.Type));
        Assert.Equal([0, 1, 2], result.Rejected.Select(rejected => rejected.Index));
        Assert.Equal([1, 2, 3], seen.Select(progress => progress.AcknowledgedRecords));
    }

    [Fact]
    public async Task A_failed_upload_says_how_far_it_came()
    {
        var server = new FaultyServer().Then(HttpStatusCode.OK, body: """{"received":1,"appended":1,"rejected":[],"rejectedTotal":0}""");
        server.Then(HttpStatusCode.BadRequest);
        using var client = Client(server);
        var failed = await Assert.ThrowsAsync<SendFailedException>(() => client.UploadAsync(Lines(5), RecordFormat.Csv, "f", cancellationToken: Cancel));
        Assert.Equal(1, failed.AcknowledgedRecords);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_source_that_breaks_off_keeps_what_was_read()
    {
        async IAsyncEnumerable<RecordChunk> Broken()
        {
            yield return new RecordChunk("h\na\n"u8.ToArray(), 1, 1);
            await Task.CompletedTask;
            throw new InvalidDataException("the archive is cut");
        }

        using var client = Client(new FaultyServer());
        List<UploadProgress> seen = [];
        await Assert.ThrowsAsync<InvalidDataException>(() => client.UploadAsync(Broken(), RecordFormat.Csv, "f", new Collect(seen), Cancel));
        Assert.Equal(1, Assert.Single(seen).AcknowledgedRecords);
    }

    private static AnalyticsClient Client(FaultyServer server)
    {
        var options = new AnalyticsClientOptions();
        return new AnalyticsClient(options, server, new ImpatientTime(options.RequestTimeout), new Random(1));
    }

    private static async IAsyncEnumerable<RecordChunk> Lines(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            yield return new RecordChunk(Encoding.UTF8.GetBytes($"h\n{i}\n"), i, 1);
            await Task.CompletedTask;
        }
    }

    private static List<RecordChunk> Chunks(string text, RecordFormat format, int chunkBytes) =>
        RecordChunker.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), format, chunkBytes, Cancel).ToBlockingEnumerable(Cancel).ToList();

    private sealed class Collect(List<UploadProgress> seen) : IProgress<UploadProgress>
    {
        public void Report(UploadProgress value) => seen.Add(value);
    }
}
