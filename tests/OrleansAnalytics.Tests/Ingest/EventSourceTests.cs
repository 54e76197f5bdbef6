using System.IO.Compression;
using System.Text;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Ingest;

public sealed class EventSourceTests
{
    private const string Header = "event_time,event_type,product_id,price,user_id,user_session\n";
    private const string Row = "2022-10-01 00:00:00 UTC,cart,5773203,2.62,463240011,s\n";

    private readonly DoorFixture _fixture = new();

    [Theory]
    [InlineData("mangled-ids.csv", 22, "mangled_id*22")]
    [InlineData("rees46-2019-10-01.csv", 17_435, "malformed*1")]
    [InlineData("cosmetics-2022-10-01.csv", 999, "")]
    [InlineData("page-visits/user_visited.csv", 31, "")]
    [InlineData("customer-purchases/customer_input.txt", 42, "")]
    public async Task Sample_files_are_read(string name, int received, string rejected)
    {
        await using var file = File.OpenRead(SharedData.Path(name));
        var (result, broken) = await ReadAsync(file);
        Assert.Null(broken);
        Assert.Equal(received, result.Received);
        Assert.Equal(result.Received, result.Appended + result.RejectedTotal);
        Assert.Equal(result.Appended, _fixture.Events().Count);
        var reasons = _fixture.Rejections().GroupBy(r => r.Reason.Name()).Select(g => $"{g.Key}*{g.Count()}");
        Assert.Equal(rejected, string.Join(' ', reasons));
    }

    [Fact]
    public async Task A_page_visit_is_read()
    {
        await ReadAsync("user_id,timestamp,url,page_view_duration\n1,2022-03-01 12:30:00,https://shop/home,20.5\n");
        var e = Assert.Single(_fixture.Events());
        Assert.Equal((EventKind.Page, "1", "https://shop/home", 20_500, 1_646_137_800_000), (e.Kind, e.UserId, e.Url, e.DurationMs, e.TimeMs));
    }

    [Fact]
    public async Task An_order_line_is_read()
    {
        await ReadAsync("transaction_id,customer_id,timestamp,product_name,product_category,product_price,quantity\n1,101,2022-01-01 10:15:30,\"Widget \"\"A\"\", red\",Widgets,9.99,2\n");
        var e = Assert.Single(_fixture.Events());
        Assert.Equal((EventKind.Purchase, "101", "Widget \"A\", red", "Widgets", Money.FromAmount(19.98m)), (e.Kind, e.UserId, e.ProductId, e.CategoryId, e.Revenue));
    }

    [Fact]
    public async Task Lines_of_one_order_are_different_events_and_the_same_line_again_is_the_same()
    {
        const string header = "transaction_id,customer_id,timestamp,product_name,product_category,product_price,quantity\n";
        await ReadAsync(header + "1,101,2022-01-01 10:15:30,A,W,9.99,2\n1,101,2022-01-01 10:15:30,B,W,9.99,2\n1,101,2022-01-01 10:15:30,A,W,9.99,2\n2,101,2022-01-01 10:15:30,A,W,9.99,2\n");
        var ids = _fixture.Events().Select(e => e.Id).ToList();
        Assert.Equal((4, 3), (ids.Count, ids.Distinct().Count()));
    }

    [Theory]
    [InlineData("[{E},{E}]")]
    [InlineData("{E}\n{E}\n")]
    [InlineData("{E}")]
    [InlineData("{\n \"x\":[{}], E}")]
    public async Task Json_is_read_like_csv(string shape)
    {
        const string fields = """
            "event_time":1664582400000,"event_type":"cart","product_id":5773203,"price":2.620,"user_id":"4632400\u0031\u0031","user_session":"s","brand":null,"other":{"a":[1]}
            """;
        var json = shape.Replace("E", fields, StringComparison.Ordinal);
        var (result, broken) = await ReadAsync(json);
        Assert.Null(broken);
        Assert.Equal(json.Split("cart").Length - 1, result.Appended);
        var events = _fixture.Events();
        await ReadAsync(Header + Row);
        Assert.Equal(_fixture.Events()[^1], events[0]);
    }

    [Theory]
    [InlineData("{\"event_time\":true}")]
    [InlineData("{\"user_id\":{}}")]
    [InlineData("{\"event_type\":1}")]
    [InlineData("{\"user_id\":\"\\ud800\"}")]
    [InlineData("{\"user_id\" \"1\"}")]
    [InlineData("[1]")]
    [InlineData("17")]
    public async Task A_broken_element_leaves_the_next_one_good(string element)
    {
        const string good = "{\"event_time\":\"2022-10-01 00:00:00\",\"event_type\":\"view\",\"product_id\":\"p\",\"user_id\":\"u\"}";
        var (result, broken) = await ReadAsync($"[{good},{element},{good}]");
        Assert.Null(broken);
        Assert.Equal((3, 2), (result.Received, result.Appended));
        Assert.Equal([new RejectedRecord(1, RejectReason.Malformed)], result.Rejected);
        Assert.Equal(element, Encoding.UTF8.GetString(Assert.Single(_fixture.Rejections()).Raw.Span));
    }

    [Fact]
    public async Task Bad_rows_leave_the_next_one_good_and_are_kept_as_they_came()
    {
        byte[][] bad =
        [
            "2022-10-01 00:00:00 UTC,cart"u8.ToArray(),
            "2022-10-01 00:00:00 UTC,cart,1,2,3,4,5"u8.ToArray(),
            "2022-10-01 00:00:00 UTC,cart,1,2,3,\"4"u8.ToArray(),
            "2022-10-01 00:00:00 UTC,cart,1,2,3,\"4\"4"u8.ToArray(),
            [.. "2022-10-01 00:00:00 UTC,cart,1,2,3,"u8, 0xff],
            new byte[10 << 20],
        ];
        Array.Fill(bad[^1], (byte)'x');
        var text = new List<byte>(Encoding.UTF8.GetBytes("\uFEFF" + Header + Row));
        foreach (var row in bad)
        {
            text.AddRange(row);
            text.AddRange(Encoding.UTF8.GetBytes("\r\n\r\n" + Row));
        }

        var (result, broken) = await ReadAsync(new MemoryStream([.. text]));
        Assert.Null(broken);
        Assert.Equal(bad.Length + 1, result.Appended);
        Assert.Equal(bad.Length, result.RejectedTotal);
        Assert.Equal([1, 3, 5, 7, 9, 11], result.Rejected.Select(r => r.Index));
        Assert.Equal(RejectReason.TooLong, result.Rejected[^1].Reason);
        var kept = _fixture.Rejections().ToDictionary(r => r.Source, r => r.Raw.ToArray());
        for (var i = 0; i < bad.Length; i++)
        {
            Assert.Equal(bad[i].Take(64 << 10), kept[$"test:{(2 * i) + 2}"]);
        }
    }

    [Theory]
    [InlineData("event_time,event_type,product_id,user_id\n", SourceProblem.WrongColumns, "price")]
    [InlineData("a,b\n1,2\n", SourceProblem.WrongColumns, "event_time, event_type, product_id, price, user_id")]
    [InlineData("user_id,timestamp,url\n", SourceProblem.WrongColumns, "page_view_duration")]
    [InlineData("user_id,event_time,event_type,product_id,price,user_id\n", SourceProblem.WrongColumns, "user_id")]
    [InlineData("", SourceProblem.Empty, "nothing")]
    [InlineData("\uFEFF \r\n", SourceProblem.Empty, "nothing")]
    public async Task A_text_that_cannot_be_read_says_why_and_appends_nothing(string text, SourceProblem problem, string named)
    {
        var exception = await Assert.ThrowsAsync<SourceException>(() => ReadAsync(text));
        Assert.Equal(problem, exception.Problem);
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.Empty(_fixture.Entries());
    }

    [Fact]
    public async Task A_cut_gzip_keeps_what_came_before_and_never_takes_half_a_record()
    {
        var rows = new StringBuilder(Header);
        for (var i = 0; i < 20_000; i++)
        {
            rows.Append("2022-10-01 00:00:00 UTC,view,").Append(i * 7919 % 100_003).Append(",1,u").Append(i).Append(",session\n");
        }

        var whole = Gzip(rows.ToString());
        var (all, fine) = await ReadAsync(new MemoryStream(whole));
        Assert.Null(fine);
        Assert.Equal(20_000, all.Appended);

        var (some, broken) = await ReadAsync(new MemoryStream(whole[..(whole.Length / 2)]));
        Assert.NotNull(broken);
        Assert.InRange(some.Appended, 1, 19_999);
        Assert.Equal(0, some.RejectedTotal);
        Assert.Equal(some.Received, rows.ToString(0, (int)broken.Offset).Count(c => c == '\n') - 1);
    }

    [Fact]
    public async Task A_connection_that_breaks_never_gives_half_a_record()
    {
        var text = Encoding.UTF8.GetBytes(Header + Row + Row[..40]);
        var (result, broken) = await ReadAsync(new PiecesStream(text, [13], new IOException("reset")));
        Assert.Equal((1, 1), (result.Received, result.Appended));
        Assert.Equal(Header.Length + Row.Length, broken!.Offset);
    }

    [Fact]
    public void Records_are_the_same_whatever_the_pieces() => Gen.Int[1, 40].Array[1, 5].Sample(sizes =>
    {
        var fixture = new DoorFixture(new IngestOptions { AppendBatchEvents = 3 });
        var text = Encoding.UTF8.GetBytes(Header + string.Concat(Enumerable.Range(0, 20).Select(i =>
            i % 5 == 3 ? "broken\r\n" : $"2022-10-01 00:00:0{i % 10} UTC,view,p{i},1,u{i % 3},s\n")));
        using var session = fixture.Door.Begin("test");
        var broken = EventSource.ReadAsync(new PiecesStream(text, sizes), null, session, cancellationToken: TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult();
        Assert.Null(broken);
        Assert.Equal((20, 16, 4), (session.Result.Received, session.Result.Appended, session.Result.RejectedTotal));
        for (var user = 0; user < 3; user++)
        {
            var partition = PartitionRouter.PartitionOf($"u{user}", 4);
            var products = fixture.Entries(partition).Where(e => e.Event?.UserId == $"u{user}").Select(e => e.Event!.ProductId);
            Assert.Equal(Enumerable.Range(0, 20).Where(i => i % 5 != 3 && i % 3 == user).Select(i => $"p{i}"), products);
        }
    }, iter: 200);

    [Fact]
    public async Task Nothing_counts_as_appended_before_the_log_has_it()
    {
        var fixture = new DoorFixture(new IngestOptions { AppendBatchEvents = 2 }) { AppendsLeft = 3 };
        using var session = fixture.Door.Begin("test");
        var text = Header + string.Concat(Enumerable.Range(0, 50).Select(i => Row.Replace("463240011", $"u{i}", StringComparison.Ordinal)));
        await Assert.ThrowsAsync<EventLogUnavailableException>(async () =>
            await EventSource.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), null, session, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(fixture.Events().Count, session.Result.Appended);
        Assert.InRange(session.Result.Appended, 1, session.Result.Received - 1);
    }

    [Fact]
    public async Task The_same_file_again_gives_the_same_identities()
    {
        const string text = Header + Row + "broken\n";
        await ReadAsync(text);
        var first = Ids();
        await ReadAsync(text);
        Assert.Equal(2, first.Count);
        Assert.Equal(first, Ids());

        HashSet<EventId> Ids() => [.. _fixture.Entries().Select(e => e.Event?.Id ?? e.Rejection!.Id)];
    }

    private static byte[] Gzip(string text)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private Task<(IngestResult Result, SourceBreak? Broken)> ReadAsync(string text) => ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)));

    private async Task<(IngestResult Result, SourceBreak? Broken)> ReadAsync(Stream stream)
    {
        using var session = _fixture.Door.Begin("test");
        var broken = await EventSource.ReadAsync(stream, null, session, cancellationToken: TestContext.Current.CancellationToken);
        return (session.Result, broken);
    }
}
