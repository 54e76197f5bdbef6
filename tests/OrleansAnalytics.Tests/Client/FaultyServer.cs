using System.Net;
using System.Text;

namespace OrleansAnalytics.Tests.Client;

/// <summary>Answers requests by a script, and remembers what it read. A script that is used up answers 200.</summary>
internal sealed class FaultyServer : HttpMessageHandler
{
    private readonly Queue<Func<HttpResponseMessage>> _script = new();

    public List<(string Path, string Type, string Body)> Requests { get; } = [];

    /// <summary>The bodies of <see cref="Requests"/> as they came.</summary>
    public List<byte[]> Bodies { get; } = [];

    /// <summary>The answer when the script is used up, made from the body.</summary>
    public Func<string, string> Answer { get; set; } = body =>
    {
        var lines = body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
        return $$"""{"received":{{lines}},"appended":{{lines}},"rejected":[],"rejectedTotal":0}""";
    };

    public FaultyServer Then(HttpStatusCode status, Action<HttpResponseMessage>? change = null, string body = "")
    {
        _script.Enqueue(() =>
        {
            var response = new HttpResponseMessage(status) { Content = new StringContent(body) };
            change?.Invoke(response);
            return response;
        });
        return this;
    }

    public FaultyServer ThenBreaksOffAfterReading()
    {
        _script.Enqueue(() => throw new HttpRequestException("connection reset"));
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        byte[] bytes = request.Content is { } content ? await content.ReadAsByteArrayAsync(cancellationToken) : [];
        var body = Encoding.UTF8.GetString(bytes);
        Bodies.Add(bytes);
        Requests.Add((request.RequestUri!.PathAndQuery, request.Content?.Headers.ContentType?.MediaType ?? "", body));
        return _script.TryDequeue(out var next)
            ? next()
            : new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(Answer(body), Encoding.UTF8, "application/json") };
    }
}

/// <summary>A clock on which every pause is over at once; it remembers them. Time-outs of a request never come.</summary>
internal sealed class ImpatientTime(TimeSpan requestTimeout) : TimeProvider
{
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public List<TimeSpan> Pauses { get; } = [];

    /// <summary>Lets time pass without a pause.</summary>
    public void Pass(TimeSpan time) => _now += time;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != requestTimeout && dueTime != Timeout.InfiniteTimeSpan)
        {
            Pauses.Add(dueTime);
            _now += dueTime;
            callback(state);
        }
        return new Inert();
    }

    private sealed class Inert : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
