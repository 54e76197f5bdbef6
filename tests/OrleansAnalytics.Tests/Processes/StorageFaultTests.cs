using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OrleansAnalytics.Events;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Tests.Http;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>The real program on storage that misbehaves.</summary>
public sealed class StorageFaultTests : IDisposable
{
    private const string Header = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n";
    private const int Killed = 128 + 9;
    private const int EventsOfABody = 500;
    private const string Often = "00:00:00.1";
    private const string Never = "1.00:00:00";

    private readonly StorageFolder _folder = new();
    private readonly string _url = $"http://127.0.0.1:{FreePort.Or(0)}";
    private readonly HttpClient _http;
    private int _bodies;

    public StorageFaultTests() => _http = new HttpClient { BaseAddress = new Uri(_url) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_full_disk_refuses_events_and_answers_questions_and_a_freed_one_goes_on_without_a_restart()
    {
        using var disk = new SmallDisk(megabytes: 40);
        if (!disk.IsReal)
        {
            // Mounting is not permitted here: without a disk that can be freed, at least one that refuses.
            await RefuseForGoodAsync(Path.Combine(disk.Path, "data"));
            return;
        }

        await using var program = await StartAsync(Path.Combine(disk.Path, "data"), Often);
        var appended = await FillAsync(() => disk.Fill(), "No space left on device");
        await AssertQuestionsAsync();
        disk.Free();
        await Eventually.IsAsync(PostAsync, answer => answer.Status == HttpStatusCode.OK, $"an append after the disk was freed: {program.Told()}");
        appended++;
        await AssertEverythingAsync(appended);

        // And all of it is on the disk.
        program.Kill();
        await program.EndAsync(Killed);
        await using var again = await StartAsync(Path.Combine(disk.Path, "data"), Often);
        await AssertEverythingAsync(appended);
    }

    [Fact]
    public Task A_disk_that_fails_for_good_refuses_events_and_answers_questions_and_a_restart_finds_everything() => RefuseForGoodAsync(_folder.Next());

    [Fact]
    public async Task A_folder_that_cannot_be_written_ends_the_program_with_two_and_one_line()
    {
        using var disk = new SmallDisk(megabytes: 1);
        var program = await ChildProgram.SiloAsync(2, "--data", disk.ReadOnlyFolder(), "--urls", _url);
        Assert.Contains("cannot be written", Assert.Single(program.Errors.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cut_log_is_reported_with_its_positions_and_the_rest_is_served()
    {
        var data = _folder.Next();
        await using (var program = await StartAsync(data, Never))
        {
            Assert.Equal(HttpStatusCode.OK, (await PostAsync()).Status);
            Assert.Equal(HttpStatusCode.OK, (await PostAsync()).Status);
            await AssertEverythingAsync(2);
            program.Kill();
            await program.EndAsync(Killed);
        }

        // No checkpoint has the second body, and its end is cut off the log.
        var log = new CrashImage(Path.Combine(data, "log"));
        CrashImage.Cut(log.WriteAheadLog, log.WriteAheadLength - 100);

        var partition = PartitionRouter.PartitionOf("u1", 8);
        var (first, last) = Same(partition) ? (EventsOfABody + 1, 2 * EventsOfABody) : (1, EventsOfABody);
        await using var again = await StartAsync(data, Never);
        await QuietAsync();
        var letter = Assert.Single((await GetAsync("/v1/dead-letters?reason=damaged")).Json.GetProperty("deadLetters").EnumerateArray());
        Assert.Equal((partition, first), (letter.GetProperty("partition").GetInt32(), letter.GetProperty("position").GetInt64()));
        Assert.Equal($"positions {first} to {last} were acknowledged and are no longer in the log", letter.GetProperty("detail").GetString());
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"lost the acknowledged positions {first} to {last}"), again.Errors, StringComparison.Ordinal);
        Assert.Contains("no longer in the log", (await GetAsync("/v1/status")).Text, StringComparison.Ordinal);
        Assert.Equal(EventsOfABody, await EventsAsync("/v1/users/u0/journey"));

        // The door takes events as ever, and the producer may send again what was lost.
        _bodies = 1;
        Assert.Equal(HttpStatusCode.OK, (await PostAsync()).Status);
        await AssertEverythingAsync(2);
    }

    private async Task RefuseForGoodAsync(string data)
    {
        int appended;
        await using (var program = await StartAsync(data, Often, mostKilobytesOfAFile: 256))
        {
            appended = await FillAsync(() => { }, "File too large");
            await AssertQuestionsAsync();
            program.Kill();
            await program.EndAsync(Killed);
        }

        await using var again = await StartAsync(data, Often);
        Assert.DoesNotContain("lost the acknowledged", again.Errors, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync()).Status);
        await AssertEverythingAsync(appended + 1);
    }

    /// <summary>Those about entities and those about the shop.</summary>
    private async Task AssertQuestionsAsync()
    {
        Assert.Equal(EventsOfABody, await EventsAsync("/v1/users/u0/journey"));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/v1/reports/brands")).Status);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync("/v1/status")).Status);
    }

    private static bool Same(int partition) => PartitionRouter.PartitionOf("u0", 8) == partition;

    private async Task<ChildProgram> StartAsync(string data, string checkpointEvery, int? mostKilobytesOfAFile = null)
    {
        string[] arguments =
        [
            "--data", data, "--urls", _url,
            "--Log:WriteBufferBytes", "1048576", "--State:WriteBufferBytes", "1048576", "--Partitions:CheckpointEvery", checkpointEvery, "--Reports:CacheFor", "00:00:00",
        ];
        var program = mostKilobytesOfAFile is { } most ? ChildProgram.LimitedSilo(most, arguments) : ChildProgram.Silo(arguments);
        try
        {
            await Eventually.IsAsync(
                () => GetAsync("/health/ready"), answer => answer.Status == HttpStatusCode.OK || program.HasExited, $"the program: {program.Told()}");
            Assert.False(program.HasExited, program.Told());
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>Posts until the disk is full; answers how many bodies were taken.</summary>
    private async Task<int> FillAsync(Action fill, string reason)
    {
        Assert.Equal(HttpStatusCode.OK, (await PostAsync()).Status);
        await Eventually.IsAsync(
            () => _http.GetFromJsonAsync<JsonElement>("/v1/status"),
            status => status.GetProperty("partitions").EnumerateArray().All(one => one.GetProperty("replayFrom").GetInt64() == one.GetProperty("end").GetInt64()),
            "a checkpoint of everything");
        fill();
        for (var taken = 1; taken < 1_000; taken++)
        {
            var answer = await PostAsync();
            if (answer.Status == HttpStatusCode.OK)
            {
                continue;
            }

            Assert.Contains(reason, answer.AssertProblem(HttpStatusCode.ServiceUnavailable), StringComparison.Ordinal);
            Assert.Equal("5", answer.Headers["Retry-After"]);
            return taken;
        }

        throw new InvalidOperationException("the disk took a thousand bodies although it was full");
    }

    /// <summary>The events of a user of its own.</summary>
    private async Task<HttpAnswer> PostAsync()
    {
        var user = _bodies++;
        var body = new StringBuilder(Header);
        for (var number = 0; number < EventsOfABody; number++)
        {
            body.Append(CultureInfo.InvariantCulture, $"2019-10-01 {number / 60:00}:{number % 60:00}:00 UTC,view,p{number % 7},c1,a.b,brand,1.50,u{user},s\n");
        }

        using var content = new StringContent(body.ToString(), Encoding.UTF8, "text/csv");
        using var response = await _http.PostAsync("/v1/events", content, Token);
        var answer = await HttpAnswer.OfAsync(response);
        _bodies -= answer.Status == HttpStatusCode.OK ? 0 : 1;
        return answer;
    }

    private async Task AssertEverythingAsync(int bodies)
    {
        await QuietAsync();
        for (var user = 0; user < bodies; user++)
        {
            Assert.Equal(EventsOfABody, await EventsAsync($"/v1/users/u{user}/journey"));
        }

        var ingest = (await GetAsync("/v1/reports/ingest")).Json;
        Assert.Equal(bodies * EventsOfABody, ingest.GetProperty("accepted").GetInt64());
    }

    private Task<JsonElement> QuietAsync() => Eventually.IsAsync(
        async () => await _http.GetFromJsonAsync<JsonElement>("/v1/status"),
        status => status.GetProperty("ready").GetBoolean() && status.GetProperty("totals").GetProperty("lag").GetInt64() == 0,
        "the status to be ready and without lag");

    private async Task<long> EventsAsync(string path) => (await GetAsync(path)).Json.GetProperty("events").GetInt64();

    private async Task<HttpAnswer> GetAsync(string path)
    {
        using var response = await _http.GetAsync(path, Token);
        return await HttpAnswer.OfAsync(response);
    }
}
