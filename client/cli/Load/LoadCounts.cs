using System.Collections.Concurrent;
using System.Net;

namespace OrleansAnalytics.Cli;

/// <summary>What became of the requests of a load. Safe for concurrent use.</summary>
internal sealed class LoadCounts
{
    private readonly ConcurrentDictionary<string, long> _refusals = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _errors = new(StringComparer.Ordinal);
    private long _acknowledged;
    private long _rejected;

    /// <summary>Events that the server has acknowledged, the rejected ones included.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Events of these that went to the dead letters.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    /// <summary>Tries that were answered with 408, 429 or 5xx, or broke off, and were repeated if there was time; by what it was.</summary>
    public IReadOnlyDictionary<string, long> Refusals => _refusals;

    /// <summary>Requests that failed for good, by reason.</summary>
    public IReadOnlyDictionary<string, long> Errors => _errors;

    public void Acknowledge(long events, long rejected)
    {
        Interlocked.Add(ref _acknowledged, events);
        Interlocked.Add(ref _rejected, rejected);
    }

    public void Refuse(string reason) => _refusals.AddOrUpdate(reason, 1, (_, count) => count + 1);

    public void Fail(string reason) => _errors.AddOrUpdate(reason, 1, (_, count) => count + 1);
}

/// <summary>Counts the tries that a client repeats.</summary>
internal sealed class CountingHandler(LoadCounts counts, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)response.StatusCode >= 500)
                counts.Refuse(((int)response.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture));
            return response;
        }
        catch (HttpRequestException)
        {
            counts.Refuse("connection");
            throw;
        }
    }
}
