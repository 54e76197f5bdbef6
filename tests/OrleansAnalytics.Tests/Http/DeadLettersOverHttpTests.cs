using System.Net;
using System.Text;
using System.Text.Json;
using OrleansAnalytics.Cli;
using OrleansAnalytics.Client;
using OrleansAnalytics.Ingest;
using Xunit;
using Format = OrleansAnalytics.Client.RecordFormat;

namespace OrleansAnalytics.Tests.Http;

public sealed class DeadLettersOverHttpTests : IAsyncLifetime
{
    private const string Header = "event_time,event_type,product_id,price,user_id,extra";
    private const string LongUser = "a-user-with-a-long-name";
    private const string WrongTime = """{"event_time":"soon","event_type":"view","product_id":"p1","user_id":"u1"}""";
    private const string RightTime = """{"event_time":"2022-10-01T12:00:00Z","event_type":"view","product_id":"p1","user_id":"u1"}""";

    private readonly StrictShop _shop = new();
    private AnalyticsClient? _client;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AnalyticsClient Client => _client ??= new AnalyticsClient(new AnalyticsClientOptions { BaseAddress = _shop.Address, MaxRetries = 0 });

    public ValueTask InitializeAsync() => _shop.InitializeAsync();

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        return _shop.DisposeAsync();
    }

    [Fact]
    public async Task After_a_fix_a_replayed_line_counts_once_also_if_its_file_is_sent_again()
    {
        var file = $"{Header}\n{Row(LongUser)}";
        await SendAsync(file, "text/csv", "?source=users.csv");
        var letter = Assert.Single((await Client.GetDeadLettersAsync(cancellationToken: Token)).DeadLetters);
        Assert.Equal(("too_long: user_id", "users.csv:1", "csv", Header, Row(LongUser), false), ($"{letter.Reason}: {letter.Detail}", letter.Source, letter.Format, letter.Header, letter.Raw, letter.IsCut));

        Assert.Equal(new ReplayedDeadLetter(letter.Id, "rejected", "too_long", "user_id"), await Client.ReplayDeadLetterAsync(letter.Id, cancellationToken: Token));
        Assert.Equal(letter, await Client.GetDeadLetterAsync(letter.Id, Token));
        Assert.Equal(1, await TotalAsync("received"));

        _shop.MaxIdLength = 256;
        await RestartAsync();
        var replayed = await Client.ReplayDeadLettersAsync(new DeadLetterFilter { Reason = "too_long", Source = "users.csv" }, cancellationToken: Token);
        Assert.Equal((1, 0, null), (replayed.Appended, replayed.Rejected, replayed.Next));
        Assert.Null(await Client.GetDeadLetterAsync(letter.Id, Token));
        Assert.Null(await Client.ReplayDeadLetterAsync(letter.Id, cancellationToken: Token));
        await SendAsync(file, "text/csv", "?source=users.csv");
        await AssertTotalsAsync(accepted: 1, duplicates: 1, rejected: 1);
        Assert.Equal(1, (await Client.GetJourneyAsync(LongUser, cancellationToken: Token))!.Events);
    }

    [Fact]
    public async Task When_the_letter_is_not_removed_after_its_replay_the_next_replay_is_a_duplicate()
    {
        var letter = await RejectedAsync(WrongTime);
        _shop.Letters.FailsToRemove = true;
        var broken = await Assert.ThrowsAsync<AnalyticsRequestException>(() => Client.ReplayDeadLetterAsync(letter.Id, Bytes(RightTime), Token));
        Assert.Equal(HttpStatusCode.InternalServerError, broken.Status);
        Assert.NotNull(await Client.GetDeadLetterAsync(letter.Id, Token));

        _shop.Letters.FailsToRemove = false;
        Assert.Equal("appended", (await Client.ReplayDeadLetterAsync(letter.Id, Bytes(RightTime), Token))!.Outcome);
        await SendAsync(RightTime, "application/json");
        await AssertTotalsAsync(accepted: 1, duplicates: 2, rejected: 1);
    }

    [Theory]
    [InlineData(RightTime, "appended", null, null)]
    [InlineData(Header + "\r\n2022-10-01 12:00:00,view,p1,1.5,u1,\r\n", "appended", null, null)]
    [InlineData(WrongTime, "rejected", "bad_time", null)]
    [InlineData("{", "rejected", "malformed", null)]
    [InlineData("a,b\n1,2", "rejected", "malformed", "columns are missing")]
    [InlineData("2022-10-01 12:00:00,view,p1,1.5,u1,", "not_replayable", "bad_time", "send a header and the record")]
    [InlineData(Header + "\n1,2\n3,4", "not_replayable", "bad_time", "more than one record")]
    public async Task A_corrected_record_takes_the_place_of_what_was_kept(string corrected, string outcome, string? reason, string? says)
    {
        var letter = await RejectedAsync(WrongTime);
        var line = await Client.ReplayDeadLetterAsync(letter.Id, Bytes(corrected), Token);
        Assert.Equal((letter.Id, outcome, reason), (line!.Id, line.Outcome, line.Reason));
        Assert.Contains(says ?? "", line.Detail ?? "", StringComparison.Ordinal);
        Assert.Equal(outcome != "appended", await Client.GetDeadLetterAsync(letter.Id, Token) is not null);
        await AssertTotalsAsync(accepted: outcome == "appended" ? 1 : 0, duplicates: 0, rejected: 1);
    }

    [Fact]
    public async Task A_line_alone_is_read_under_the_header_of_the_letter()
    {
        await SendAsync($"{Header}\n{Row("u1").Replace("view", "look", StringComparison.Ordinal)}", "text/csv");
        var letter = Assert.Single((await Client.GetDeadLettersAsync(cancellationToken: Token)).DeadLetters);
        Assert.Equal("appended", (await Client.ReplayDeadLetterAsync(letter.Id, Bytes(Row("u1")), Token))!.Outcome);
        await AssertTotalsAsync(accepted: 1, duplicates: 0, rejected: 1);
    }

    [Fact]
    public async Task A_record_of_which_only_the_beginning_was_kept_is_replayed_with_the_whole_of_it()
    {
        var wide = $"{Header}\n{Row("u1")}{new string('x', 2_000)}";
        await SendAsync(wide, "text/csv");
        var letter = Assert.Single((await Client.GetDeadLettersAsync(cancellationToken: Token)).DeadLetters);
        Assert.True(letter.IsCut, "the letter says that it is cut");
        var line = await Client.ReplayDeadLetterAsync(letter.Id, cancellationToken: Token);
        Assert.Equal("not_replayable", line!.Outcome);
        Assert.Contains("only the first", line.Detail, StringComparison.Ordinal);
        Assert.Equal("appended", (await Client.ReplayDeadLetterAsync(letter.Id, Bytes($"{Header}\n{Row("u1")}x"), Token))!.Outcome);
    }

    [Theory]
    [InlineData(RejectReason.Poison, "product/p1", "build the state anew")]
    [InlineData(RejectReason.Damaged, "", "send their file again")]
    public async Task What_cannot_be_replayed_says_so_and_what_to_do(RejectReason reason, string entity, string says)
    {
        var letter = new DeadLetter { Partition = 0, Position = 1, Entity = entity, Reason = reason, Source = "log", ReceivedMs = 0, Raw = Bytes(RightTime) };
        await _shop.Letters.PutAsync([letter], Token);
        foreach (var line in new[] { await Client.ReplayDeadLetterAsync(letter.Id, cancellationToken: Token), await Client.ReplayDeadLetterAsync(letter.Id, Bytes(RightTime), Token) })
        {
            Assert.Equal(("not_replayable", reason.Name()), (line!.Outcome, line.Reason));
            Assert.Contains(says, line.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(letter.Id, (await Client.GetDeadLetterAsync(letter.Id, Token))!.Id);
        await AssertTotalsAsync(0, 0, 0);
        Assert.True(await Client.DropDeadLetterAsync(letter.Id, Token));
        Assert.False(await Client.DropDeadLetterAsync(letter.Id, Token));
    }

    [Fact]
    public async Task Letters_are_listed_replayed_and_dropped_by_filter_and_page_by_page()
    {
        await SendAsync(string.Join('\n', Enumerable.Range(0, 7).Select(number => WrongTime.Replace("u1", $"u{number}", StringComparison.Ordinal))), "application/x-ndjson", "?source=a");
        await SendAsync(string.Join('\n', Enumerable.Range(0, 5).Select(number => WrongTime.Replace("p1", "", StringComparison.Ordinal))), "application/x-ndjson", "?source=b");
        var ofA = new DeadLetterFilter { Source = "a", Reason = "bad_time", From = DateTimeOffset.UtcNow.AddHours(-1), To = DateTimeOffset.UtcNow.AddHours(1) };
        Assert.Equal(7, (await AllAsync(ofA)).Count);
        Assert.Equal(12, (await AllAsync(new DeadLetterFilter())).Count);
        Assert.Empty(await AllAsync(ofA with { To = DateTimeOffset.UtcNow.AddHours(-1) }));

        var page = await Client.ReplayDeadLettersAsync(ofA, limit: 4, cancellationToken: Token);
        Assert.Equal((4, 4, page.DeadLetters[^1].Id), (page.DeadLetters.Count, page.Rejected, page.Next));
        var byId = await Client.ReplayDeadLettersAsync([page.Next!, "7-99999"], Token);
        Assert.Equal((1, 1), (byId.Rejected, byId.NotFound));

        var dropped = await Client.DropDeadLettersAsync(ofA, limit: 4, cancellationToken: Token);
        Assert.Equal(4, dropped.Dropped);
        Assert.Equal(3, (await Client.DropDeadLettersAsync(ofA, dropped.Next, 4, Token)).Dropped);
        await RestartAsync();
        Assert.All(await AllAsync(new DeadLetterFilter()), letter => Assert.StartsWith("b:", letter.Source, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET", "?limit=0")]
    [InlineData("GET", "?limit=1001")]
    [InlineData("GET", "?reason=nonsense")]
    [InlineData("GET", "?after=nonsense")]
    [InlineData("GET", "?from=soon")]
    [InlineData("GET", "?partition=-1")]
    [InlineData("DELETE", "")]
    [InlineData("DELETE", "?limit=5")]
    [InlineData("POST", "/replay")]
    [InlineData("POST", "/replay?reason=nonsense")]
    public async Task What_makes_no_sense_is_refused(string method, string query) =>
        (await _shop.SendAsync(new HttpMethod(method), "/v1/dead-letters" + query)).AssertProblem(HttpStatusCode.BadRequest);

    [Theory]
    [InlineData("GET", "/0-1")]
    [InlineData("DELETE", "/0-1")]
    [InlineData("POST", "/0-1/replay")]
    [InlineData("GET", "/nonsense")]
    public async Task A_letter_that_is_not_there_is_not_found(string method, string path) =>
        (await _shop.SendAsync(new HttpMethod(method), "/v1/dead-letters" + path)).AssertProblem(HttpStatusCode.NotFound);

    [Fact]
    public async Task Beyond_the_bound_the_oldest_letters_expire_visibly()
    {
        const int Bad = 300;
        await SendAsync(string.Join('\n', Enumerable.Range(0, Bad).Select(number => WrongTime.Replace("u1", $"u{number}", StringComparison.Ordinal))), "application/x-ndjson");
        var status = await Eventually.IsAsync(
            async () => (await _shop.GetAsync("/v1/status")).Json.GetProperty("deadLetters"),
            letters => letters.ValueKind == JsonValueKind.Object && letters.GetProperty("kept").GetInt64() == StrictShop.Partitions * StrictShop.Kept,
            "the letters to be within their bound");
        Assert.Equal(Bad - (StrictShop.Partitions * StrictShop.Kept), status.GetProperty("expired").GetInt64());
        Assert.Equal(StrictShop.Partitions * StrictShop.Kept, (await AllAsync(new DeadLetterFilter())).Count);
        await AssertTotalsAsync(accepted: 0, duplicates: 0, rejected: Bad);
    }

    [Fact]
    public async Task The_command_line_replays_and_drops()
    {
        var first = await RejectedAsync(WrongTime);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, RightTime, Token);
            Assert.Equal(CommandLine.Success, await RunAsync("show", first.Id, "--json"));
            Assert.Equal(CommandLine.Success, await RunAsync("list", "--reason", "bad_time", "--json"));
            Assert.Equal(CommandLine.Failed, await RunAsync("replay", first.Id));
            Assert.Equal(CommandLine.Failed, await RunAsync("replay", "--all", "--reason", "bad_time"));
            Assert.Equal(CommandLine.Success, await RunAsync("replay", first.Id, "--with", file));
            Assert.Equal(CommandLine.Failed, await RunAsync("show", first.Id));
            await AssertTotalsAsync(accepted: 1, duplicates: 0, rejected: 1);

            await SendAsync(string.Join('\n', Enumerable.Repeat(WrongTime, 3)), "application/x-ndjson", "?source=x");
            var letters = await AllAsync(new DeadLetterFilter());
            Assert.Equal(CommandLine.Success, await RunAsync("drop", letters[0].Id, "--yes"));
            Assert.Equal(CommandLine.Failed, await RunAsync("drop", letters[0].Id, "--yes"));
            Assert.Equal(CommandLine.Success, await RunAsync("drop", "--all", "--source", "x", "--yes"));
            Assert.Empty(await AllAsync(new DeadLetterFilter()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task The_state_is_built_anew_from_the_log_when_it_is_taken_away()
    {
        await using (var sample = File.OpenRead(SharedData.Path("cosmetics-2022-10-01.csv")))
        {
            _shop.MaxIdLength = 256;
            await RestartAsync();
            await Client.UploadAsync(sample, Format.Csv, "sample.csv", cancellationToken: Token);
        }

        var before = (await _shop.FreshReportAsync("totals")).Json.GetRawText();
        var counts = (await _shop.QuietAsync()).GetProperty("totals").GetRawText();
        await RestartAsync(folder => Directory.Delete(Path.Combine(folder, "state"), recursive: true));
        Assert.Equal(before, (await _shop.FreshReportAsync("totals")).Json.GetRawText());
        Assert.Equal(counts, (await _shop.QuietAsync()).GetProperty("totals").GetRawText());
    }

    private static string Row(string user) => $"2022-10-01 12:00:00,view,p1,1.5,{user},";

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private Task<int> RunAsync(params string[] arguments) => CommandLine.RunAsync(["dead-letters", .. arguments, "--url", _shop.Address.ToString()]);

    private async Task RestartAsync(Action<string>? change = null)
    {
        await _shop.RestartAsync(change);
        _client?.Dispose();
        _client = null;
    }

    private async Task SendAsync(string text, string type, string query = "")
    {
        Assert.Equal(HttpStatusCode.OK, (await _shop.PostAsync(text, type, query)).Status);
        await _shop.QuietAsync();
    }

    private async Task<DeadLetterRecord> RejectedAsync(string record)
    {
        await SendAsync(record, "application/json");
        return Assert.Single((await Client.GetDeadLettersAsync(cancellationToken: Token)).DeadLetters);
    }

    private async Task<List<DeadLetterRecord>> AllAsync(DeadLetterFilter filter)
    {
        var all = new List<DeadLetterRecord>();
        string? after = null;
        do
        {
            var page = await Client.GetDeadLettersAsync(filter, after, 3, Token);
            all.AddRange(page.DeadLetters);
            after = page.Next;
        }
        while (after is not null);
        return all;
    }

    private async Task<long> TotalAsync(string name) => (await _shop.QuietAsync()).GetProperty("totals").GetProperty(name).GetInt64();

    private async Task AssertTotalsAsync(long accepted, long duplicates, long rejected) =>
        Assert.Equal((accepted, duplicates, rejected), (await TotalAsync("accepted"), await TotalAsync("duplicates"), await TotalAsync("rejected")));
}
