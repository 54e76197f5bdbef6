using System.Net;

namespace OrleansAnalytics.Client;

/// <summary>The server answered with an error.</summary>
public sealed class AnalyticsRequestException : Exception
{
    internal AnalyticsRequestException(HttpStatusCode status, string? title, string? detail)
        : base($"{(int)status} {title ?? status.ToString()}{(detail is null ? "" : ": " + detail)}")
    {
        Status = status;
        Title = title;
        Detail = detail;
    }

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; }

    /// <summary>The problem's title, if the server told one.</summary>
    public string? Title { get; }

    /// <summary>The problem's detail, if the server told one.</summary>
    public string? Detail { get; }
}

/// <summary>The server could not be reached, or broke off, or took too long, in every try.</summary>
public sealed class AnalyticsUnreachableException : Exception
{
    internal AnalyticsUnreachableException(Uri address, Exception inner)
        : base($"{address} cannot be reached: {inner.Message}", inner) => Address = address;

    /// <summary>The server's address.</summary>
    public Uri Address { get; }
}

/// <summary>
/// Sending stopped. Events before the failure are acknowledged; the failed ones may or may not have arrived, and may be sent again as they are:
/// the server drops what it already has. The inner exception is an <see cref="AnalyticsRequestException"/> or <see cref="AnalyticsUnreachableException"/>.
/// </summary>
public sealed class SendFailedException : Exception
{
    internal SendFailedException(SendResult acknowledged, long acknowledgedRecords, IReadOnlyList<ShopEventInput> unacknowledged, Exception inner)
        : base($"Sending failed after {acknowledgedRecords} acknowledged records: {inner.Message}", inner)
    {
        Acknowledged = acknowledged;
        AcknowledgedRecords = acknowledgedRecords;
        Unacknowledged = unacknowledged;
    }

    /// <summary>The answers up to the failure.</summary>
    public SendResult Acknowledged { get; }

    /// <summary>So many records from the beginning are acknowledged without a hole.</summary>
    public long AcknowledgedRecords { get; }

    /// <summary>
    /// The events of the failed request with the ids they were sent with; empty for uploads. Events behind them were not taken from the source.
    /// </summary>
    public IReadOnlyList<ShopEventInput> Unacknowledged { get; }
}
