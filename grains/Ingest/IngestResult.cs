namespace OrleansAnalytics.Ingest;

/// <summary>What became of the records so far. Once all is flushed, received = appended + rejected.</summary>
/// <param name="Received">Records given to the door.</param>
/// <param name="Appended">Valid events that the log has acknowledged; which of them are duplicates is found later.</param>
/// <param name="RejectedTotal">Rejected records that the log has acknowledged.</param>
/// <param name="Rejected">The first rejected records, in order, acknowledged or not; at most as many as the options say.</param>
/// <param name="Through">So many records from the first on the log has acknowledged without a hole; after a failure, what is to be sent again begins behind them.</param>
public sealed record IngestResult(long Received, long Appended, long RejectedTotal, IReadOnlyList<RejectedRecord> Rejected, long Through);

/// <summary>A rejected record.</summary>
/// <param name="Index">Its index among the records of the session, from 0.</param>
/// <param name="Reason">Why.</param>
public readonly record struct RejectedRecord(long Index, RejectReason Reason);
