using System.Buffers;
using System.IO.Compression;
using System.Text;
using CsCheck;
using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Tests.Formats;
using Xunit;
using Format = OrleansAnalytics.Ingest.RecordFormat;
using RejectedRecord = OrleansAnalytics.Ingest.RejectedRecord;

namespace OrleansAnalytics.Tests.Ingest;

public sealed class BinaryEventsTests
{
    private static readonly DateTimeOffset Noon = new(2022, 10, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<string?> Text = Gen.OneOf(
        Gen.OneOf<string?>(null, "", "a", "ü \"x\" \\ \u0001 & +", "2.10381E+18", "12e5", "\ud800x", "👍", new string('x', 300)), Gen.String.Select(text => (string?)text));

    private static readonly Gen<ShopEventInput> Sent =
        from time in Gen.OneOf(Gen.Int[0, 1000].Select(ms => Noon.AddMilliseconds(ms)), Gen.DateTimeOffset)
        from kind in Gen.OneOf<EventKind>(EventKind.View, EventKind.Cart, EventKind.RemoveFromCart, EventKind.Purchase, EventKind.Page)
        from user in Gen.OneOf(Gen.OneOf<string>("u1", "u2", "u3"), Text.Select(text => text ?? ""))
        from product in Text
        from category in Text
        from told in Gen.Select(Text, Text, Text, Text)
        from url in Text
        from price in Gen.OneOf(Gen.OneOf<decimal?>(null, 33.20m, 0m, -1m, 0.00005m, 1e13m, decimal.MaxValue), Gen.Decimal.Select(one => (decimal?)one))
        from quantity in Gen.OneOf<int?>(null, 1, 7, 0, -3, 2_000_000)
        from duration in Gen.OneOf<TimeSpan?>(null, TimeSpan.FromSeconds(12.5), TimeSpan.FromTicks(1), TimeSpan.FromSeconds(-1), TimeSpan.MaxValue)
        select new ShopEventInput
        {
            EventTime = time,
            Kind = kind,
            UserId = user,
            ProductId = product,
            CategoryId = category,
            CategoryCode = told.Item1,
            Brand = told.Item2,
            SessionKey = told.Item3,
            EventId = told.Item4,
            Url = url,
            Price = price,
            Quantity = quantity,
            Duration = duration,
        };

    private readonly DoorFixture _fixture = new();

    [Fact]
    public void The_same_events_give_the_same_entries_and_rejections_as_in_json() => Sent.Array[1, 20].Sample(events =>
    {
        var lines = new DoorFixture();
        var (expected, _) = Take(lines, EventLines.Write(events), Format.JsonLines);
        var binary = new DoorFixture();
        var (result, broken) = Take(binary, EventRecords.Write(events), Format.Binary, 1, 7, 100);
        Assert.Null(broken);
        Assert.Equal((expected.Received, expected.Appended, expected.RejectedTotal), (result.Received, result.Appended, result.RejectedTotal));
        Assert.Equal(expected.Rejected, result.Rejected);
        Assert.Equal(lines.Told(), binary.Told());
    }, iter: 2_000);

    [Fact]
    public void Wherever_a_batch_is_cut_the_whole_records_before_it_are_taken_and_no_other()
    {
        var whole = EventRecords.Write(FixtureEvents.Sent);
        int[] ends = [5, .. Enumerable.Range(1, 3).Select(count => EventRecords.Write([.. FixtureEvents.Sent.Take(count)]).Length)];
        for (var cut = 1; cut <= whole.Length; cut++)
        {
            var (result, broken) = Take(new DoorFixture(), whole[..cut], Format.Binary, 3);
            var (records, end) = ends.Index().LastOrDefault(one => one.Item <= cut);
            Assert.Equal((records, end == cut), ((int)result.Received, broken is null));
            Assert.Equal(broken is null ? null : (long?)end, broken?.Offset);
        }
    }

    [Fact]
    public void A_batch_is_found_by_its_beginning_plain_and_in_gzip()
    {
        var body = EventRecords.Write(FixtureEvents.Sent);
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        Assert.Equal(3, Take(_fixture, body, null).Result.Received);
        Assert.Equal(3, Take(_fixture, packed.ToArray(), null).Result.Received);
        Assert.Equal(2, _fixture.Events().Select(one => one.Id).Distinct().Count());
    }

    [Theory]
    [InlineData("{}", SourceProblem.WrongBeginning)]
    [InlineData("\x89OA", null)]
    [InlineData("\x89OAF\x01", SourceProblem.WrongBeginning)]
    [InlineData("\x89OAE\x02", SourceProblem.NewerVersion)]
    [InlineData("", SourceProblem.Empty)]
    public void What_begins_otherwise_says_why_and_appends_nothing(string body, SourceProblem? expected)
    {
        var bytes = Encoding.Latin1.GetBytes(body);
        if (expected is null)
        {
            Assert.Equal(0, Take(_fixture, bytes, Format.Binary).Broken!.Offset);
        }
        else
        {
            Assert.Equal(expected, Assert.Throws<SourceException>(() => Take(_fixture, bytes, Format.Binary)).Problem);
        }

        Assert.Empty(_fixture.Entries());
    }

    [Fact]
    public void A_record_that_is_too_long_leaves_the_next_one_good()
    {
        var fixture = new DoorFixture(new IngestOptions { MaxRecordBytes = 1000, MaxDeadLetterBytes = 100 });
        var body = EventRecords.Write([FixtureEvents.Sent[0], FixtureEvents.Sent[0] with { Url = new string('x', 5000) }, FixtureEvents.Sent[1]]);
        var (result, broken) = Take(fixture, body, Format.Binary, 60);
        Assert.Null(broken);
        Assert.Equal([new RejectedRecord(1, RejectReason.TooLong)], result.Rejected);
        Assert.Equal(2, result.Appended);
        var kept = Assert.Single(fixture.Rejections());
        Assert.Equal((new RawForm(RawKind.Binary, IsCut: true), 100), (kept.Form, kept.Raw.Length));
    }

    [Theory]
    [InlineData("0A0141", "event_time")]
    [InlineData("1005", "unknown_kind")]
    [InlineData("1801", "product_id")]
    [InlineData("1AFF01", "longer")]
    [InlineData("1A", "longer")]
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01", "number")]
    [InlineData("08", "number")]
    [InlineData("00", "field")]
    [InlineData("0B", "type")]
    [InlineData("0901", "cut")]
    [InlineData("1A01FF", "product_id")]
    public void A_damaged_record_is_malformed_kept_as_it_came_and_leaves_the_next_one_good(string hex, string named)
    {
        var damaged = Convert.FromHexString(hex);
        var (result, broken) = Take(_fixture, Batch(damaged, Good()), Format.Binary);
        Assert.Null(broken);
        Assert.Equal((2, 1), (result.Received, result.Appended));
        var kept = Assert.Single(_fixture.Rejections());
        if (named == "unknown_kind")
        {
            // 5 is a page visit: without a time, so it is told as what it is.
            Assert.Equal((RejectReason.BadTime, "{\"event_type\":\"page\"}"), (kept.Reason, Encoding.UTF8.GetString(kept.Raw.Span)));
            return;
        }

        Assert.Equal((RejectReason.Malformed, RawKind.Binary, hex), (kept.Reason, kept.Form.Kind, Convert.ToHexString(kept.Raw.Span)));
        Assert.Contains(named, kept.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kind_of_a_later_version_is_unknown_and_a_field_of_one_is_ignored()
    {
        // Field 100 as each of the four types, then the kind 9.
        byte[] later = [.. Good(), 0xA0, 0x06, 0x01, 0xA1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xA2, 0x06, 1, 65, 0xA5, 0x06, 1, 2, 3, 4];
        var (result, _) = Take(_fixture, Batch(later, [.. later, 0x10, 9], Good()), Format.Binary);
        Assert.Equal([new RejectedRecord(1, RejectReason.UnknownKind)], result.Rejected);
        Assert.Equal(2, _fixture.Events().Count);
        Assert.Single(_fixture.Events().Distinct());
        Assert.Contains("\"event_type\":\"9\"", Encoding.UTF8.GetString(Assert.Single(_fixture.Rejections()).Raw.Span), StringComparison.Ordinal);
    }

    private static byte[] Good() => EventRecords.Write([FixtureEvents.Sent[1]])[6..];

    private static byte[] Batch(params byte[][] records)
    {
        var body = new ArrayBufferWriter<byte>();
        body.Write(BinaryEvents.Beginning);
        foreach (var record in records)
        {
            Assert.InRange(record.Length, 1, 127);
            body.Write([(byte)record.Length]);
            body.Write(record);
        }

        return body.WrittenSpan.ToArray();
    }

    private static (IngestResult Result, SourceBreak? Broken) Take(DoorFixture fixture, byte[] body, Format? format, params int[] sizes) =>
        fixture.TakeAsync(body, format, sizes).GetAwaiter().GetResult();
}
