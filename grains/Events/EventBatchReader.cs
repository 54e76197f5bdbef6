using System.IO.Hashing;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Events;

/// <summary>Reads what <see cref="EventBatchWriter"/> encoded.</summary>
public static class EventBatchReader
{
    private static readonly EventTexts NoTexts = new(2);

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

    private static void ReadEntries(LogBatch batch, long after, EventTexts texts, List<LogEntry> into)
    {
        if (batch.Count == 0)
        {
            return;
        }

        var bytes = batch.Bytes.Span;
        var reader = new FormatReader(bytes);
        var count = Open(ref reader, bytes);
        if (count != batch.Count)
        {
            throw new DamagedFormatException($"a batch of {count} entries is stored as one of {batch.Count}");
        }

        for (var i = 0; i < count; i++)
        {
            var position = batch.FirstPosition + i;
            var wanted = position > after;
            var tag = reader.Byte();
            if (tag is EventBatchWriter.RejectionTag or EventBatchWriter.FormedRejectionTag)
            {
                var rejection = ReadRejection(ref reader, tag, wanted);
                if (wanted)
                {
                    into.Add(new LogEntry(position, null, rejection));
                }
            }
            else
            {
                var shopEvent = ReadEvent(ref reader, tag, wanted, texts, out var known);
                if (wanted)
                {
                    into.Add(new LogEntry(position, shopEvent, null, known));
                }
            }
        }

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
            if (tag is EventBatchWriter.RejectionTag or EventBatchWriter.FormedRejectionTag)
            {
                ReadRejection(ref reader, tag, wanted: false);
            }
            else
            {
                ReadEvent(ref reader, tag, wanted: false, NoTexts, out _);
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

    private static ShopEvent? ReadEvent(ref FormatReader reader, byte tag, bool wanted, EventTexts texts, out EntityTexts known)
    {
        if (tag is < (byte)EventKind.View or > (byte)EventKind.Page)
        {
            throw new DamagedFormatException($"{tag} is no event kind");
        }

        var timeMs = reader.Signed();
        var id = new EventId(reader.Fixed64(), reader.Fixed64());
        var hasUser = reader.TryUtf8(out var user);
        var hasSession = reader.TryUtf8(out var session);
        var hasProduct = reader.TryUtf8(out var product);
        var hasCategory = reader.TryUtf8(out var category);
        var hasCode = reader.TryUtf8(out var code);
        var hasBrand = reader.TryUtf8(out var brand);
        var price = reader.Money();
        var quantity = reader.Count();
        var hasUrl = reader.TryUtf8(out var url);
        var durationMs = reader.Count();
        if (!hasUser || quantity > int.MaxValue)
        {
            throw new DamagedFormatException("an event without a user or with too large a quantity");
        }

        if (!wanted)
        {
            known = default;
            return null;
        }

        known = new EntityTexts(
            texts.Find(user),
            hasProduct ? texts.Find(product) : null,
            hasCategory ? texts.Find(category) : null,
            hasBrand ? texts.Find(brand) : null,
            hasUrl ? texts.Find(url) : null);
        return new ShopEvent
        {
            Id = id,
            TimeMs = timeMs,
            Kind = (EventKind)tag,
            UserId = known.User!.Text,
            SessionKey = hasSession ? texts.Get(session) : null,
            ProductId = known.Product?.Text,
            CategoryId = known.Category?.Text,
            CategoryCode = hasCode ? texts.Get(code) : null,
            Brand = known.Brand?.Text,
            Price = price,
            Quantity = (int)quantity,
            Url = known.Url?.Text,
            DurationMs = durationMs,
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
