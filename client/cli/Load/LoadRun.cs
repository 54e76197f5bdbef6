using System.Globalization;
using System.Net;
using OrleansAnalytics.Client;

namespace OrleansAnalytics.Cli;

/// <summary>One load on a server: batches at their times, lookups at theirs, and probes that see when what was acknowledged shows.</summary>
internal sealed class LoadRun : IDisposable
{
    /// <summary>Between two looks of a probe at least; later a sixteenth of the time it has waited, so that a slow server is not asked all the more.</summary>
    public static readonly TimeSpan ProbeEvery = TimeSpan.FromMilliseconds(2);

    private const int ProbeSlowdown = 16;
    private const int UsersRemembered = 1 << 14;
    private static readonly TimeSpan BetweenProbes = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(60);

    // Probes read totals only. Asked from the batch's time on, a user with hundreds of events a second would be answered from the lake, as what is kept begins later by then.
    private static readonly TimeSpan BeyondSteps = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private readonly string _server;
    private readonly RetryingHttp _sending;
    private readonly RetryingHttp _asking;
    private readonly LoadEvents _events;
    private readonly List<Task> _probes = [];
    private readonly string?[] _users = new string?[UsersRemembered];
    private readonly Random _chance;
    private readonly CancellationTokenSource _giveUp = new();
    private CancellationTokenSource? _end;
    private long _lastProbe;
    private long _usersSeen;
    private Exception? _fatal;

    /// <summary>Prepares a load.</summary>
    /// <param name="plan">What it is to be.</param>
    /// <param name="server">Where.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">The generator cannot make it.</exception>
    public LoadRun(LoadPlan plan, Server server, TimeProvider time)
    {
        Plan = plan;
        (_time, _server) = (time, server.Url.ToString());
        _chance = new Random((int)(plan.Seed % int.MaxValue));
        _events = new LoadEvents(plan, "load" + time.GetUtcNow().ToUnixTimeMilliseconds().ToString("x", CultureInfo.InvariantCulture));
        Batches = new OpenLoop(time, (double)plan.Rate / plan.EffectiveBatch, plan.Duration);
        Journeys = new OpenLoop(time, plan.Queries, plan.Duration);
        var connections = new SocketsHttpHandler { MaxConnectionsPerServer = plan.Connections, AllowAutoRedirect = false };
        _sending = new RetryingHttp(server.Options(new AnalyticsClientOptions().MaxRetries), new CountingHandler(Counts, connections), time, Random.Shared);
        _asking = new RetryingHttp(server.Options(0), null, time, Random.Shared);
    }

    /// <summary>What it is to be.</summary>
    public LoadPlan Plan { get; }

    /// <summary>The batches; latencies are from their intended times to their acknowledgements.</summary>
    public OpenLoop Batches { get; }

    /// <summary>The lookups of journeys; latencies are from their intended times to the end of the answers.</summary>
    public OpenLoop Journeys { get; }

    /// <summary>From the acknowledgement of sampled events to the end of the answer that shows them.</summary>
    public LatencyHistogram Visible { get; } = new();

    /// <summary>What became of the batches.</summary>
    public LoadCounts Counts { get; } = new();

    /// <summary>What became of lookups and probes.</summary>
    public LoadCounts Lookups { get; } = new();

    /// <summary>How long batches that are on their way may take when it is stopped.</summary>
    public TimeSpan LastWord { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From the start to the last acknowledgement.</summary>
    public TimeSpan Sending { get; private set; }

    /// <summary>What was measured so far.</summary>
    /// <param name="stopped">It was ended before its time.</param>
    public LoadMeasurement Measured(bool stopped) => new()
    {
        Plan = Plan,
        Server = _server,
        Stopped = stopped,
        Acknowledged = Counts.Acknowledged,
        Rejected = Counts.Rejected,
        Refusals = Counts.Refusals,
        Errors = Counts.Errors,
        LookupErrors = Lookups.Errors,
        BatchesNeverBegun = Batches.NeverBegun,
        LookupsNeverBegun = Journeys.NeverBegun,
        Sending = Sending > TimeSpan.Zero ? Sending : Batches.Elapsed,
        Asking = Plan.Queries == 0 ? TimeSpan.Zero : Journeys.Elapsed < Plan.Duration ? Journeys.Elapsed : Plan.Duration,
        CpuSeconds = Environment.CpuUsage.TotalTime.TotalSeconds,
        Batches = Batches.Latencies,
        Visible = Visible,
        Lookups = Journeys.Latencies,
    };

    /// <summary>Runs until the duration is over or it is stopped. What was begun ends; when it is stopped, probes are given up at once and batches after ten seconds.</summary>
    /// <exception cref="AnalyticsRequestException">The server refuses such requests, and would refuse all further ones.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _end = end;
        using var stopping = stop.Register(() => _giveUp.CancelAfter(LastWord));
        var sending = SendAllAsync(end.Token);
        var asking = Plan.Queries > 0
            ? Journeys.RunAsync(Plan.QueryConnections, (_, _) => UserToAsk(), user => AskAsync(user, end.Token), end.Token)
            : Task.CompletedTask;
        await Task.WhenAll(sending, asking);
        await Task.WhenAll(_probes);
        if (_fatal is not null)
            throw _fatal;
    }

    public void Dispose()
    {
        _events.Dispose();
        _sending.Dispose();
        _asking.Dispose();
        _giveUp.Dispose();
    }

    private async Task SendAllAsync(CancellationToken end)
    {
        await Batches.RunAsync(Plan.Connections, (_, at) => _events.Next(at), SendAsync, end);
        Sending = Batches.Elapsed;
    }

    private async Task<bool> SendAsync(LoadBatch batch)
    {
        try
        {
            // A batch that is on its way is waited for, so that what is acknowledged is known.
            var answer = Answer.Read(await _sending.PostAsync("/v1/events?source=load", batch.Body, _events.MediaType, _giveUp.Token), WireJson.Default.SendResult);
            Counts.Acknowledge(answer.Received, answer.RejectedTotal);
            Remember(batch);
            return true;
        }
        catch (OperationCanceledException)
        {
            Counts.Fail("stopped");
            return false;
        }
        catch (Exception exception) when (exception is AnalyticsRequestException or AnalyticsUnreachableException)
        {
            Counts.Fail(Reason(exception));
            if (exception is AnalyticsRequestException { Status: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError and not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout) })
            {
                _fatal = exception;
                await _end!.CancelAsync();
            }
            return false;
        }
    }

    private void Remember(LoadBatch batch)
    {
        Volatile.Write(ref _users[Interlocked.Increment(ref _usersSeen) % UsersRemembered], batch.User);
        lock (_probes)
        {
            var now = _time.GetTimestamp();
            if (_lastProbe != 0 && _time.GetElapsedTime(_lastProbe, now) < BetweenProbes)
                return;
            _lastProbe = now;
            _probes.Add(ProbeAsync(batch, now, _end!.Token));
        }
    }

    /// <summary>Looks until the user's last event is as late as the batch: a partition applies in order, so the sampled one is there then too.</summary>
    private async Task ProbeAsync(LoadBatch batch, long acknowledgedAt, CancellationToken stop)
    {
        var path = $"/v1/users/{batch.User}/journey?from={(batch.Time + BeyondSteps).UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}";
        try
        {
            while (true)
            {
                var isThere = await _asking.GetAsync(path, absent: true, stop) is { } body && Answer.Read(body, WireJson.Default.UserJourney).LastSeen >= batch.Time;
                var waited = _time.GetElapsedTime(acknowledgedAt);
                if (isThere)
                {
                    Visible.Record(waited);
                    return;
                }
                if (waited > ProbePatience)
                {
                    Lookups.Fail($"not seen within {ProbePatience.TotalSeconds} s");
                    return;
                }
                var pause = waited / ProbeSlowdown;
                await Task.Delay(pause > ProbeEvery ? pause : ProbeEvery, _time, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The load was stopped: nothing is known of this one.
        }
        catch (Exception exception) when (exception is AnalyticsRequestException or AnalyticsUnreachableException)
        {
            Lookups.Fail("probe: " + Reason(exception));
        }
    }

    private string? UserToAsk()
    {
        var known = Math.Min(Interlocked.Read(ref _usersSeen), UsersRemembered - 1);
        return known == 0 ? null : Volatile.Read(ref _users[1 + _chance.NextInt64(known)]);
    }

    private async Task<bool> AskAsync(string? user, CancellationToken stop)
    {
        // Nobody is known before the first acknowledgement.
        if (user is null)
            return false;
        try
        {
            await _asking.GetAsync($"/v1/users/{user}/journey", absent: true, stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        catch (Exception exception) when (exception is AnalyticsRequestException or AnalyticsUnreachableException)
        {
            Lookups.Fail(Reason(exception));
            return false;
        }
    }

    private static string Reason(Exception exception) => exception switch
    {
        AnalyticsRequestException refused => $"{(int)refused.Status} {refused.Title ?? refused.Status.ToString()}",
        AnalyticsUnreachableException { InnerException: TimeoutException } => "no answer in time",
        _ => "connection",
    };
}
