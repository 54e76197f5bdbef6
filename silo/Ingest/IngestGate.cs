using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Ingest;

/// <summary>Why a request with events is not taken, or not to its end. Nothing of this is a rejection: the same request may be sent again.</summary>
public enum Refusal : byte
{
    /// <summary>429: enough are being read and enough wait.</summary>
    TooManyRequests = 0,

    /// <summary>503: the log takes no appends.</summary>
    LogUnavailable = 1,

    /// <summary>413: the body is longer than the limit.</summary>
    BodyTooLarge = 2,
}

/// <summary>
/// Lets requests with events in: so many are read at the same time, so many wait, the others are refused before their body is read. Also counts
/// refusals. Safe for concurrent use.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="door">Where the records go.</param>
public sealed class IngestGate(IOptions<IngestOptions> options, EventDoor door) : IDisposable
{
    private readonly long[] _refused = new long[Enum.GetValues<Refusal>().Length];

    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.MaxRequests,
        QueueLimit = options.Value.MaxQueuedRequests,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    /// <summary>What goes on at the door.</summary>
    public DoorLoad Load
    {
        get
        {
            var statistics = _limiter.GetStatistics()!;
            return new DoorLoad(
                options.Value.MaxRequests - statistics.CurrentAvailablePermits,
                statistics.CurrentQueuedCount,
                door.Room.HeldBytes,
                door.Room.MostHeldBytes,
                Enum.GetValues<Refusal>().ToDictionary(Name, reason => Interlocked.Read(ref _refused[(int)reason])));
        }
    }

    /// <summary>Waits for its turn. The lease is to be disposed when the request is answered; without one, the request is refused.</summary>
    public async ValueTask<RateLimitLease?> EnterAsync(CancellationToken cancellationToken)
    {
        var lease = await _limiter.AcquireAsync(1, cancellationToken);
        if (lease.IsAcquired)
        {
            return lease;
        }

        lease.Dispose();
        return null;
    }

    /// <summary>Counts a refusal and answers it; with <c>Retry-After</c> where waiting helps.</summary>
    public IResult Refuse(HttpContext http, Refusal reason, string detail, EventsAnswer? soFar = null)
    {
        Interlocked.Increment(ref _refused[(int)reason]);
        if (reason != Refusal.BodyTooLarge)
        {
            http.Response.Headers.RetryAfter = ((long)options.Value.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        var (status, title) = reason switch
        {
            Refusal.TooManyRequests => (StatusCodes.Status429TooManyRequests, "Too many requests wait already"),
            Refusal.LogUnavailable => (StatusCodes.Status503ServiceUnavailable, "The log takes no events now"),
            Refusal.BodyTooLarge => (StatusCodes.Status413PayloadTooLarge, "The body is too large"),
            _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "not a refusal"),
        };
        return Results.Problem(detail, statusCode: status, title: title, extensions: soFar?.Extensions());
    }

    /// <inheritdoc/>
    public void Dispose() => _limiter.Dispose();

    private static string Name(Refusal reason) => reason switch
    {
        Refusal.TooManyRequests => "too_many_requests",
        Refusal.LogUnavailable => "log_unavailable",
        Refusal.BodyTooLarge => "body_too_large",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "not a refusal"),
    };
}

/// <summary>What goes on at the door of this node.</summary>
/// <param name="Requests">Requests with events that are being read.</param>
/// <param name="Waiting">Requests that wait, unread.</param>
/// <param name="HeldBytes">Room taken by records that are gathered or being appended.</param>
/// <param name="MostHeldBytes">The most of it since the start.</param>
/// <param name="Refused">Requests refused since the start, by reason.</param>
public sealed record DoorLoad(long Requests, long Waiting, long HeldBytes, long MostHeldBytes, IReadOnlyDictionary<string, long> Refused);
