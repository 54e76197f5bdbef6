using System.IO.Hashing;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Events;

/// <summary>Reads what <see cref="EventBatchWriter"/> encoded.</summary>
public static class EventBatchReader
{
    /// <summary>Verifies version and checksum without decoding.</summary>
    /// <returns>The number of entries.</returns>
    /// <exception cref="DamagedFormatException">The bytes are changed or cut, or a newer program wrote them.</exception>
    public static int Check(ReadOnlySpan<byte> batch)
    {
        var reader = new FormatReader(batch);
        return Open(ref reader, batch);
    }

    /// <summary>Appends the entries of <paramref name="batch"/> whose position is above <paramref name="after"/> to <paramref name="into"/>.</summary>
    /// <exception cref="DamagedFormatException">
    /// The batch is changed or cut, or a newer program wrote it; <paramref name="into"/> is as it was.
    /// </exception>
    public static void Read(LogBatch batch, long after, EventTexts texts, List<LogEntry> into)
    {
        var before = into.Count;
        try
        {
            ReadEntries(batch, after, texts, into);
        }
        catch (DamagedFormatException)
        {
            into.RemoveRange(before, into.Count - before);
            throw;
        }
    }

    /// <summary>Appends the events of <paramref name="batch"/> whose position is above <paramref name="after"/> as they are; rejections are left out.</summary>
    /// <exception cref="DamagedFormatException">See <see cref="Read"/>; every event was read once.</exception>
    public static void ReadEncoded(LogBatch batch, long after, List<EncodedEvent> into)
    {
        var before = into.Count;
        try
        {
            EncodedEntries(batch, after, into);
        }
        catch (DamagedFormatException)
        {
            into.RemoveRange(before, into.Count - before);
            throw;
        }
    }

    /// <summary>Events are read one behind the fields of the next, whose texts are fetched from memory meanwhile.</summary>
    private static void ReadEntries(LogBatch batch, long after, EventTexts texts, List<LogEntry> into)
    {
        var reader = OpenWhole(batch);
        EventFields behind = default;
        var isBehind = false;
        for (var position = batch.FirstPosition; position < batch.FirstPosition + batch.Count; position++)
        {
            var wanted = position > after;
            var tag = reader.Byte();
            var isEvent = !IsRejection(tag);
            var rejection = isEvent ? null : ReadRejection(ref reader, tag, wanted);
            var fields = isEvent ? EventFields.Read(ref reader, tag) : default;
            if (isEvent)
            {
                FetchTexts(fields, texts);
            }

            if (isBehind)
            {
                into.Add(new LogEntry(position - 1, ToEvent(behind, texts, out var known), null, known));
            }

            behind = fields;
            isBehind = isEvent && wanted;
            if (rejection is not null)
            {
                into.Add(new LogEntry(position, null, rejection));
            }
        }

        if (isBehind)
        {
            into.Add(new LogEntry(batch.FirstPosition + batch.Count - 1, ToEvent(behind, texts, out var known), null, known));
        }

        ThrowIfMore(reader);
    }

    /// <summary>The texts that are many; the others are known, and near.</summary>
    private static void FetchTexts(scoped in EventFields fields, EventTexts texts)
    {
        texts.Fetch(fields.User.Bytes);
        texts.Fetch(fields.Session.Bytes);
        texts.Fetch(fields.Product.Bytes);
    }

    private static void EncodedEntries(LogBatch batch, long after, List<EncodedEvent> into)
    {
        var reader = OpenWhole(batch);
        for (var position = batch.FirstPosition; position < batch.FirstPosition + batch.Count; position++)
        {
            var begin = batch.Bytes.Length - reader.Remaining;
            var tag = reader.Byte();
            if (IsRejection(tag))
            {
                ReadRejection(ref reader, tag, wanted: false);
                continue;
            }

            var timeMs = EventFields.Read(ref reader, tag).TimeMs;
            if (position > after)
            {
                into.Add(new EncodedEvent(position, timeMs, batch.Bytes[begin..^reader.Remaining]));
            }
        }

        ThrowIfMore(reader);
    }

    private static bool IsRejection(byte tag) => tag is EventBatchWriter.RejectionTag or EventBatchWriter.FormedRejectionTag;

    /// <summary>Stands before the first of the entries, as many as the batch is said to have.</summary>
    private static FormatReader OpenWhole(LogBatch batch)
    {
        if (batch.Count == 0)
        {
            return default;
        }

        var bytes = batch.Bytes.Span;
        var reader = new FormatReader(bytes);
        var count = Open(ref reader, bytes);
        return count == batch.Count ? reader : throw new DamagedFormatException($"a batch of {count} entries is stored as one of {batch.Count}");
    }

    private static void ThrowIfMore(FormatReader reader)
    {
        if (reader.Remaining != 0)
        {
            throw new DamagedFormatException($"{reader.Remaining} bytes follow the last entry of a batch");
        }
    }

    /// <summary>The places where the entries of a batch end, the first of them after the header.</summary>
    /// <exception cref="DamagedFormatException">The batch is changed or cut, or a newer program wrote it.</exception>
    internal static int[] EntryEnds(ReadOnlySpan<byte> batch)
    {
        var reader = new FormatReader(batch);
        var ends = new int[Open(ref reader, batch) + 1];
        ends[0] = batch.Length - reader.Remaining;
        for (var i = 1; i < ends.Length; i++)
        {
            var tag = reader.Byte();
            if (IsRejection(tag))
            {
                ReadRejection(ref reader, tag, wanted: false);
            }
            else
            {
                EventFields.Read(ref reader, tag);
            }

            ends[i] = batch.Length - reader.Remaining;
        }

        return ends;
    }

    private static int Open(ref FormatReader reader, ReadOnlySpan<byte> batch)
    {
        reader.Version(EventBatchWriter.FormatVersion, "event batch");
        var checksum = reader.Fixed64();
        if (checksum != XxHash3.HashToUInt64(batch[^reader.Remaining..]))
        {
            throw new DamagedFormatException("the checksum of an event batch does not match");
        }

        var count = reader.Fixed32();
        return count >= 1 && count <= (uint)reader.Remaining
            ? (int)count
            : throw new DamagedFormatException($"{count} entries in {reader.Remaining} bytes");
    }

    /// <summary>An event of its fields, with what is known of its texts.</summary>
    internal static ShopEvent ToEvent(scoped in EventFields fields, EventTexts texts, out EntityTexts known)
    {
        known = new EntityTexts(
            texts.Find(fields.User.Bytes),
            fields.Product.Exists ? texts.Find(fields.Product.Bytes) : null,
            fields.Category.Exists ? texts.Find(fields.Category.Bytes) : null,
            fields.Brand.Exists ? texts.Find(fields.Brand.Bytes) : null,
            fields.Url.Exists ? texts.Find(fields.Url.Bytes) : null);
        return new ShopEvent
        {
            Id = fields.Id,
            TimeMs = fields.TimeMs,
            Kind = fields.Kind,
            UserId = known.User!.Text,
            SessionKey = fields.Session.Exists ? texts.Get(fields.Session.Bytes) : null,
            ProductId = known.Product?.Text,
            CategoryId = known.Category?.Text,
            CategoryCode = fields.Code.Exists ? texts.Get(fields.Code.Bytes) : null,
            Brand = known.Brand?.Text,
            Price = fields.Price,
            Quantity = fields.Quantity,
            Url = known.Url?.Text,
            DurationMs = fields.DurationMs,
        };
    }

    private static Rejection? ReadRejection(ref FormatReader reader, byte tag, bool wanted)
    {
        var id = new EventId(reader.Fixed64(), reader.Fixed64());
        var reason = (RejectReason)reader.Byte();
        var hasSource = reader.TryUtf8(out var source);
        var receivedMs = reader.Signed();
        reader.TryUtf8(out var raw);
        var hasDetail = reader.TryUtf8(out var detail);
        var form = tag == EventBatchWriter.FormedRejectionTag ? new RawForm((RawKind)reader.Byte(), reader.Byte() == 1, reader.Text()) : default;
        return !wanted ? null : new Rejection(
            id,
            reason,
            hasSource ? System.Text.Encoding.UTF8.GetString(source) : "",
            receivedMs,
            raw.ToArray(),
            hasDetail ? System.Text.Encoding.UTF8.GetString(detail) : null,
            form);
    }
}
