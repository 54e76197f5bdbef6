using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Events;

/// <summary>
/// Messages that somebody else has put into the topic: a JSON event, several, or an array of them. They are read with the rules of the door, so every reading makes the same
/// batch of them: the clock is the message's time, an event's identity is its producer's or that of its fields, that of a rejected record comes from its place.
/// Safe for concurrent use.
/// </summary>
/// <param name="topic">The topic.</param>
/// <param name="partitions">Its partitions.</param>
/// <param name="options">The door's limits.</param>
internal sealed class ForeignMessages(string topic, int partitions, IngestOptions options)
{
    /// <summary>The batch that stands for a message. Nothing but space is a batch without entries.</summary>
    public LogBatch Read(int partition, long offset, long timeMs, ReadOnlyMemory<byte> value)
    {
        var text = value.Span.StartsWith("\uFEFF"u8) ? value["\uFEFF"u8.Length..] : value;
        var reading = new Reading(topic, partition, partitions, offset, Math.Max(0, timeMs), options);
        var beginning = text.Span.TrimStart(" \t\r\n"u8);
        if (beginning.IsEmpty)
        {
            return KafkaPositions.Nothing(offset, offset + 1);
        }

        if (beginning[0] is (byte)'{' or (byte)'[')
        {
            reading.TakeAll(text);
        }
        else
        {
            reading.Reject(RejectReason.Malformed, text.Span, "neither a batch of this log nor JSON");
        }

        return reading.Batch();
    }

    private sealed class Reading(string topic, int partition, int partitions, long offset, long timeMs, IngestOptions options)
    {
        private readonly EventBatchWriter _writer = new();

        // A message without a time can be ahead of nothing.
        private readonly long _clockMs = timeMs > 0 ? timeMs : long.MaxValue / 2;

        public void TakeAll(ReadOnlyMemory<byte> text)
        {
            var framing = new JsonFraming(options.MaxRecordBytes, options.MaxDeadLetterBytes);
            var parser = new JsonRecordParser();
            var draft = new EventDraft();
            while (true)
            {
                var frame = framing.Next(text.Span, isLast: true);
                var record = text.Slice(frame.Start, frame.Length);
                if (frame.Kind == FrameKind.NeedMore)
                {
                    return;
                }

                if (frame.Kind == FrameKind.Broken)
                {
                    Reject(RejectReason.Malformed, text.Span[frame.Start..], "the JSON does not hold together from here");
                    return;
                }

                if (_writer.Count == KafkaPositions.PerMessage - 1)
                {
                    Reject(RejectReason.TooLong, text.Span[frame.Start..], $"a message may have {KafkaPositions.PerMessage - 1} records; this and all that follow are left out");
                    return;
                }

                Take(frame.Kind, record, parser, draft);
                text = text[frame.Consumed..];
            }
        }

        public void Reject(RejectReason reason, ReadOnlySpan<byte> raw, string? detail, bool isCut = false)
        {
            var kept = raw[..Math.Min(raw.Length, options.MaxDeadLetterBytes)];
            var number = _writer.Count + 1;
            var id = EventIds.ForRejection($"{topic}/{partition}", KafkaPositions.First(offset) + _writer.Count, kept);
            _writer.AddRejection(new Rejection(
                id, reason, $"{topic}/{partition}@{offset}:{number}", timeMs, kept.ToArray(), detail, new RawForm(RawKind.Json, isCut || kept.Length < raw.Length)));
        }

        public LogBatch Batch() => _writer.Count == 0
            ? KafkaPositions.Nothing(offset, offset + 1)
            : KafkaPositions.Batch(offset, _writer.Count, timeMs, _writer.Build().Bytes);

        private void Take(FrameKind kind, ReadOnlyMemory<byte> record, JsonRecordParser parser, EventDraft draft)
        {
            if (kind == FrameKind.TooLong)
            {
                Reject(RejectReason.TooLong, record.Span, null, isCut: true);
            }
            else if (!parser.TryParse(record, draft, out var problem))
            {
                Reject(RejectReason.Malformed, record.Span, problem);
            }
            else if (EventValidation.Check(draft, options, _clockMs) is { } reason)
            {
                Reject(reason, record.Span, draft.Detail);
            }
            else if (PartitionRouter.PartitionOf(draft.UserId.Span, partitions) is var home && home != partition)
            {
                // Reports count on a user being in one partition. A replay of the letter takes the event to its place.
                Reject(RejectReason.WrongPartition, record.Span, $"the user belongs to partition {home}");
            }
            else
            {
                _writer.Add(draft);
            }
        }
    }
}
