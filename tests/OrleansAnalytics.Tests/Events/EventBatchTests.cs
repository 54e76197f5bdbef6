using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

public sealed class EventBatchTests
{
    private static readonly Gen<string> Text =
        Gen.OneOf(Gen.String[Gen.Char['a', 'f'], 0, 3], Gen.String[Gen.Char[' ', '\u07ff'], 0, 200]);

    private static readonly Gen<string?> MaybeText = Gen.OneOf(Text.Select(t => (string?)t), Gen.Const((string?)null));

    private static readonly Gen<ShopEvent> Event =
        from id in Gen.Select(Gen.ULong, Gen.ULong)
        from timeMs in Gen.Long
        from kind in Gen.OneOf<EventKind>(EventKinds.All.ToArray())
        from user in Text
        from texts in MaybeText.Array[6]
        from price in Gen.Long
        from quantity in Gen.Int[0, int.MaxValue]
        from durationMs in Gen.Long[0, long.MaxValue]
        select new ShopEvent
        {
            Id = new EventId(id.Item1, id.Item2),
            TimeMs = timeMs,
            Kind = kind,
            UserId = user,
            SessionKey = texts[0],
            ProductId = texts[1],
            CategoryId = texts[2],
            CategoryCode = texts[3],
            Brand = texts[4],
            Price = new Money(price),
            Quantity = quantity,
            Url = texts[5],
            DurationMs = durationMs,
        };

    private static readonly Gen<Rejection> Rejected =
        from id in Gen.Select(Gen.ULong, Gen.ULong)
        from reason in Gen.OneOf<RejectReason>(RejectReasons.AtTheDoor.ToArray())
        from source in Text
        from receivedMs in Gen.Long
        from raw in Gen.Byte.Array[0, 300]
        from detail in MaybeText
        from form in Gen.OneOf(
            Gen.Const(default(RawForm)), Gen.Select(Gen.OneOf<RawKind>(Enum.GetValues<RawKind>()), Gen.Bool, MaybeText).Select(f => new RawForm(f.Item1, f.Item2, f.Item3)))
        select new Rejection(new EventId(id.Item1, id.Item2), reason, source, receivedMs, raw, detail, form);

    private static readonly Gen<(ShopEvent? Event, Rejection? Rejection)[]> Entries =
        Gen.OneOf(Event.Select(e => ((ShopEvent?)e, (Rejection?)null)), Rejected.Select(r => ((ShopEvent?)null, (Rejection?)r))).Array[1, 20];

    [Fact]
    public void A_batch_reads_back_as_it_was_written() => Gen.Select(Entries, Gen.Long[1, 1L << 60], Gen.Int[-2, 22]).Sample((entries, first, skipped) =>
    {
        var batch = Encode(entries);
        var read = new List<LogEntry>();
        EventBatchReader.Read(new LogBatch(first, entries.Length, 0, batch.Bytes), first + skipped - 1, new EventTexts(16), read);

        var expected = entries.Select((entry, i) => (Position: first + i, Entry: entry)).Where(e => e.Position > first + skipped - 1).ToList();
        Assert.Equal(expected.Count, read.Count);
        foreach (var ((position, entry), got) in expected.Zip(read))
        {
            Assert.Equal(position, got.Position);
            Assert.Equal(entry.Event, got.Event);
            Assert.Equal(entry.Rejection is null, got.Rejection is null);
            if (entry.Rejection is { } rejection)
            {
                Assert.Equal(rejection.Raw.ToArray(), got.Rejection!.Raw.ToArray());
                Assert.Equal(rejection with { Raw = default }, got.Rejection with { Raw = default });
            }
        }
    });

    [Fact]
    public void Events_that_are_left_as_they_are_read_as_the_same_events() => Gen.Select(Entries, Gen.Long[1, 1L << 60], Gen.Int[-2, 22]).Sample((entries, first, skipped) =>
    {
        var batch = new LogBatch(first, entries.Length, 0, Encode(entries).Bytes);
        var read = new List<LogEntry>();
        EventBatchReader.Read(batch, first + skipped - 1, new EventTexts(16), read);
        var encoded = new List<EncodedEvent>();
        EventBatchReader.ReadEncoded(batch, first + skipped - 1, encoded);

        Assert.Equal(
            read.Where(entry => entry.Event is not null).Select(entry => (entry.Position, entry.Event!.TimeMs, entry.Event.Kind, entry.Event)),
            encoded.Select(one => (one.Position, one.TimeMs, one.Kind, one.Decode(new EventTexts(16)))));
    });

    [Fact]
    public void A_draft_is_written_as_the_event_it_stands_for() => Event.Sample(e =>
    {
        // An empty text of a draft is an absent one, so the event must not hold empty texts either.
        static string? None(string? text) => string.IsNullOrEmpty(text) ? null : text;
        var expected = e with
        {
            UserId = "u" + e.UserId,
            SessionKey = None(e.SessionKey),
            ProductId = None(e.ProductId),
            CategoryId = None(e.CategoryId),
            CategoryCode = None(e.CategoryCode),
            Brand = None(e.Brand),
            Url = None(e.Url),
        };
        static byte[] Utf8(string? text) => System.Text.Encoding.UTF8.GetBytes(text ?? "");
        var draft = new EventDraft
        {
            Id = e.Id,
            TimeMs = e.TimeMs,
            Kind = e.Kind,
            Price = e.Price,
            Quantity = e.Quantity,
            DurationMs = e.DurationMs,
            UserId = Utf8(expected.UserId),
            UserSession = Utf8(e.SessionKey),
            ProductId = Utf8(e.ProductId),
            CategoryId = Utf8(e.CategoryId),
            CategoryCode = Utf8(e.CategoryCode),
            Brand = Utf8(e.Brand),
            Url = Utf8(e.Url),
        };
        var writer = new EventBatchWriter();
        writer.Add(draft);
        var read = new List<LogEntry>();
        EventBatchReader.Read(new LogBatch(1, 1, 0, writer.Build().Bytes), 0, new EventTexts(2), read);
        Assert.Equal(expected, Assert.Single(read).Event);
        var same = new EventBatchWriter();
        same.Add(expected);
        Assert.Equal(Convert.ToHexString(same.Build().Bytes.Span), Convert.ToHexString(writer.Build().Bytes.Span));
    });

    [Fact]
    public void Every_flipped_bit_and_every_cut_is_refused()
    {
        var entries = Entries.Single();
        var whole = Encode(entries).Bytes.ToArray();
        var texts = new EventTexts(16);
        var into = new List<LogEntry> { default };
        var encoded = new List<EncodedEvent> { default };
        for (var bit = 0; bit < whole.Length * 8; bit++)
        {
            var damaged = whole.ToArray();
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Refused(damaged);
        }

        for (var length = 0; length < whole.Length; length++)
        {
            Refused(whole[..length]);
        }

        Assert.Equal(entries.Length, EventBatchReader.Check(whole));
        Assert.Single(into);
        Assert.Single(encoded);

        void Refused(byte[] damaged)
        {
            Assert.Throws<DamagedFormatException>(() => EventBatchReader.Check(damaged));
            Assert.Throws<DamagedFormatException>(() => EventBatchReader.Read(new LogBatch(1, entries.Length, 0, damaged), 0, texts, into));
            Assert.Throws<DamagedFormatException>(() => EventBatchReader.ReadEncoded(new LogBatch(1, entries.Length, 0, damaged), 0, encoded));
        }
    }

    [Fact]
    public void A_batch_that_is_stored_with_another_count_is_refused()
    {
        var batch = Encode(Entries.Single());
        Assert.Throws<DamagedFormatException>(
            () => EventBatchReader.Read(new LogBatch(1, batch.Count + 1, 0, batch.Bytes), 0, new EventTexts(2), []));
    }

    [Fact]
    public void A_writer_is_empty_after_a_reset_and_its_last_batch_stays_as_it_was()
    {
        var writer = new EventBatchWriter();
        Assert.Throws<InvalidOperationException>(() => writer.Build());
        writer.AddRejection(Rejected.Single());
        var batch = writer.Build();
        Assert.Equal(writer.ByteCount, batch.Bytes.Length);
        var copy = batch.Bytes.ToArray();
        writer.Reset();
        Assert.Equal(0, writer.Count);
        writer.AddRejection(Rejected.Single());
        Assert.Equal(copy, batch.Bytes.ToArray());
    }

    [Fact]
    public void Only_a_batch_that_says_how_a_rejected_text_is_written_needs_the_second_version()
    {
        var plain = new Rejection(new EventId(1, 2), RejectReason.BadTime, "a:1", 3, new byte[] { 4 }, null);
        var writer = new EventBatchWriter();
        writer.AddRejection(plain with { Form = new RawForm(RawKind.Json) });
        Assert.Equal(2, writer.Build().Bytes.Span[0]);
        writer.Reset();
        writer.AddRejection(plain);
        Assert.Equal(1, writer.Build().Bytes.Span[0]);
    }

    [Fact]
    public void Texts_are_right_whatever_was_asked_before_and_known_ones_are_the_same_instance() => Text.Array[1, 50].Sample(asked =>
    {
        var texts = new EventTexts(4);
        foreach (var text in asked)
        {
            var utf8 = System.Text.Encoding.UTF8.GetBytes(text);
            var first = texts.Get(utf8);
            Assert.Equal(text, first);
            Assert.True(utf8.Length > 128 || ReferenceEquals(first, texts.Get(utf8)));
        }
    });

    private static EncodedBatch Encode((ShopEvent? Event, Rejection? Rejection)[] entries)
    {
        var writer = new EventBatchWriter();
        foreach (var (shopEvent, rejection) in entries)
        {
            if (shopEvent is not null)
            {
                writer.Add(shopEvent);
            }
            else
            {
                writer.AddRejection(rejection!);
            }
        }

        return writer.Build();
    }
}
