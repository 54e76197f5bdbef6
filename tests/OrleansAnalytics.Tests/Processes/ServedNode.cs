using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>The real program, serving a data folder, until it is killed.</summary>
internal sealed class ServedNode : IAsyncDisposable
{
    private const int Killed = 128 + 9;
    private static readonly string[] GoldenKeys = ["events", "kinds", "sessions", "revenue", "steps"];

    private readonly ChildProgram _program;

    private ServedNode(ChildProgram program, Uri address)
    {
        _program = program;
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public HttpClient Http { get; }

    /// <summary>The process itself.</summary>
    public ChildProgram Program => _program;

    /// <summary>How long an answer to <see cref="SendAsync(ReadOnlyMemory{byte}, long)"/> is waited for; then it counts as none.</summary>
    public TimeSpan SendPatience { get; set; } = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts the program; it does not serve yet.</summary>
    public static ServedNode Start(string data, params string[] options)
    {
        var url = $"http://127.0.0.1:{FreePort.Or(0)}";
        return new ServedNode(ChildProgram.Silo(["--data", data, "--urls", url, .. options]), new Uri(url));
    }

    /// <summary>Sends CSV; true if the answer says that every record is in the log, false if there is no answer, as from a node that is not there.</summary>
    public async Task<bool> SendAsync(ReadOnlyMemory<byte> csv, long firstRecord)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(SendPatience);
        using var body = new ReadOnlyMemoryContent(csv) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } };
        try
        {
            using var response = await Http.PostAsync($"/v1/events?source=load&first_record={firstRecord}", body, patience.Token);
            await response.Content.ReadAsByteArrayAsync(patience.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !Token.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <inheritdoc cref="SendAsync(ReadOnlyMemory{byte}, long)"/>
    public Task<bool> SendAsync(IEnumerable<string> lines, long firstRecord) => SendAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines)), firstRecord);

    /// <summary>Waits until the node answers that everything in its log is applied.</summary>
    public Task<JsonElement> CaughtUpAsync() => Eventually.IsAsync(
        StatusAsync,
        status => status.GetProperty("ready").GetBoolean() && status.GetProperty("totals").GetProperty("lag").GetInt64() == 0,
        "a node that is ready and without lag");

    /// <summary>Waits until the node is ready.</summary>
    public Task ReadyAsync() => Eventually.TrueAsync(IsReadyAsync, "a node that is ready");

    /// <summary>Whether the node is ready, if it answers at all.</summary>
    public async Task<bool> IsReadyAsync()
    {
        using var answer = await Http.GetAsync("/health/ready", Token);
        return answer.IsSuccessStatusCode;
    }

    /// <summary>Waits until the node answers anything.</summary>
    public Task ServesAsync() => Eventually.TrueAsync(
        async () =>
        {
            Assert.False(_program.HasExited, _program.Told());
            using var answer = await Http.GetAsync("/health/live", Token);
            return answer.IsSuccessStatusCode;
        },
        "a node that answers");

    public Task<JsonElement> StatusAsync() => Http.GetFromJsonAsync<JsonElement>("/v1/status", Token);

    /// <summary>Every report and these journeys, in the shape of the golden files.</summary>
    public async Task<JsonObject> AnswersAsync(IEnumerable<string> users)
    {
        var answers = new JsonObject();
        foreach (var name in ReportNames.All)
        {
            answers[name] = await Http.GetFromJsonAsync<JsonNode>($"/v1/reports/{name}", Token);
        }

        var journeys = new JsonObject();
        foreach (var user in users)
        {
            var journey = (await Http.GetFromJsonAsync<JsonObject>($"/v1/users/{user}/journey", Token))!;
            journeys[user] = new JsonObject(GoldenKeys.Select(key => KeyValuePair.Create(key, journey[key]?.DeepClone())));
        }

        answers["journeys"] = journeys;
        return answers;
    }

    /// <summary>What one user did.</summary>
    public Task<JsonElement> JourneyAsync(string user) => Http.GetFromJsonAsync<JsonElement>($"/v1/users/{user}/journey", Token);

    /// <summary>Events that an entity has counted; the path is <c>products/17</c> or the like.</summary>
    public async Task<long> EventsOfAsync(string path) =>
        (await Http.GetFromJsonAsync<JsonElement>($"/v1/{path}", Token)).GetProperty("activity").GetProperty("events").GetInt64();

    /// <summary>SIGKILL, and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _program.Kill();
        await _program.EndAsync(Killed);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _program.DisposeAsync();
    }
}
