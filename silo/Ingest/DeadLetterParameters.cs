using Microsoft.AspNetCore.Mvc;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Ingest;

/// <summary>The query parameters that say which dead letters are meant.</summary>
internal readonly record struct DeadLetterParameters(
    [FromQuery(Name = "reason")] string? Reason,
    [FromQuery(Name = "source")] string? Source,
    [FromQuery(Name = "partition")] int? Partition,
    [FromQuery(Name = "from")] string? From,
    [FromQuery(Name = "to")] string? To,
    [FromQuery(Name = "after")] string? After,
    [FromQuery(Name = "limit")] int? Limit)
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    /// <summary>True if it leaves nothing out.</summary>
    public bool IsAll => string.IsNullOrEmpty(Reason) && string.IsNullOrEmpty(Source) && Partition is null && string.IsNullOrEmpty(From) && string.IsNullOrEmpty(To);

    /// <summary>The query; false, with the problem, if it makes no sense.</summary>
    public bool TryQuery(out DeadLetterQuery query, out string? problem)
    {
        query = new DeadLetterQuery(Partition, Limit: Limit ?? DefaultLimit) { Source = string.IsNullOrEmpty(Source) ? null : Source };
        var key = default(DeadLetterKey);
        var reason = default(RejectReason);
        var (hasFrom, hasTo) = (EventTimeText.TryParse(From, out var from), EventTimeText.TryParse(To, out var to));
        problem = this switch
        {
            _ when query.Limit is < 1 or > MaxLimit => $"limit is 1 to {MaxLimit}",
            { Partition: < 0 } => "partition is a number from 0",
            { Reason.Length: > 0 } when !RejectReasons.TryParse(Reason, out reason) => $"the reasons are {string.Join(", ", Enum.GetValues<RejectReason>().Select(one => one.Name()))}",
            { After.Length: > 0 } when !DeadLetterKey.TryParse(After, out key) => "after is the id of a dead letter, such as 3-1207",
            _ when !hasFrom || !hasTo => "from and to are ISO 8601 times such as 2026-01-31T00:00:00Z",
            _ => null,
        };
        query = query with { FromMs = from?.ToUnixTimeMilliseconds(), ToMs = to?.ToUnixTimeMilliseconds() };
        if (problem is null && Reason is { Length: > 0 })
        {
            query = query with { Reason = reason };
        }

        if (problem is null && After is { Length: > 0 })
        {
            query = query with { AfterPartition = key.Partition, AfterPosition = key.Position, AfterEntity = key.Entity };
        }

        return problem is null;
    }
}
