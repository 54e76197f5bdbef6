using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Events;

/// <summary>What the log holds at one position: an event, or a record that the door rejected. Exactly one of the two is present.</summary>
/// <param name="Position">The position in the partition.</param>
/// <param name="Event">The event.</param>
/// <param name="Rejection">The rejected record.</param>
/// <param name="Texts">What the reader knows of the event's texts.</param>
public readonly record struct LogEntry(long Position, ShopEvent? Event, Rejection? Rejection, EntityTexts Texts = default);

/// <summary>
/// A record that the door rejected. It travels through the log like an event, so that it is durable when acknowledged, counted exactly once, and
/// recognised when the same file is sent again.
/// </summary>
/// <param name="Id">Hash of source, record number and raw bytes.</param>
/// <param name="Reason">Why.</param>
/// <param name="Source">Where it came from, with the number of the record there (<c>orders.csv:17</c>).</param>
/// <param name="ReceivedMs">When it arrived, in milliseconds since 1970-01-01 UTC.</param>
/// <param name="Raw">The record as it came, cut at the limit for raw text.</param>
/// <param name="Detail">More of why, in words.</param>
/// <param name="Form">How the raw text is written.</param>
public sealed record Rejection(EventId Id, RejectReason Reason, string Source, long ReceivedMs, ReadOnlyMemory<byte> Raw, string? Detail, RawForm Form = default);
