using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Ingest;

public sealed partial class ValidationTests
{
    private const long Now = 1_600_000_000_000;

    [Fact]
    public void Steps_stand_in_the_order_of_the_reasons()
    {
        var names = EventValidation.Steps.Select(step => Enum.Parse<RejectReason>(step.Method.Name));
        Assert.Equal(RejectReasons.AtTheDoor, names);
    }

    [Theory]
    [InlineData(DraftField.UserId, "\u00ff!", RejectReason.Malformed)]
    [InlineData(DraftField.EventTime, "", RejectReason.BadTime)]
    [InlineData(DraftField.EventTime, "yesterday", RejectReason.BadTime)]
    [InlineData(DraftField.EventType, "", RejectReason.UnknownKind)]
    [InlineData(DraftField.EventType, "View", RejectReason.UnknownKind)]
    [InlineData(DraftField.UserId, "", RejectReason.MissingUser)]
    [InlineData(DraftField.ProductId, "", RejectReason.MissingProduct)]
    [InlineData(DraftField.EventType, "page", RejectReason.MissingProduct)]
    [InlineData(DraftField.Price, "-1", RejectReason.BadPrice)]
    [InlineData(DraftField.Price, "NaN", RejectReason.BadPrice)]
    [InlineData(DraftField.Price, "1000000000000.0001", RejectReason.BadPrice)]
    [InlineData(DraftField.Price, "1000000000000", null)]
    [InlineData(DraftField.Price, "", null)]
    [InlineData(DraftField.Price, "0", null)]
    [InlineData(DraftField.Quantity, "0", RejectReason.BadPrice)]
    [InlineData(DraftField.Quantity, "1.5", RejectReason.BadPrice)]
    [InlineData(DraftField.Quantity, "1000001", RejectReason.BadPrice)]
    [InlineData(DraftField.Quantity, "1000000", null)]
    [InlineData(DraftField.PageViewDuration, "-0.5", RejectReason.BadPrice)]
    [InlineData(DraftField.PageViewDuration, "20.25", null)]
    [InlineData(DraftField.CategoryId, "2.10381E+18", RejectReason.MangledId)]
    [InlineData(DraftField.ProductId, "1e+5", RejectReason.MangledId)]
    [InlineData(DraftField.UserId, "5.4e8", RejectReason.MangledId)]
    [InlineData(DraftField.UserId, "12e5", null)]
    [InlineData(DraftField.Brand, "2.10381E+18", null)]
    [InlineData(DraftField.EventTime, "2020-09-13 13:26:40", null)]
    [InlineData(DraftField.EventTime, "2020-09-13 13:26:40.001", RejectReason.InTheFuture)]
    public void One_wrong_field_gives_its_reason(DraftField field, string text, RejectReason? reason)
    {
        var draft = Good();
        draft[field] = Encoding.Latin1.GetBytes(text);
        Assert.Equal(reason, EventValidation.Check(draft, new IngestOptions(), Now));
    }

    [Theory]
    [InlineData(DraftField.UserId, 256)]
    [InlineData(DraftField.UserSession, 256)]
    [InlineData(DraftField.ProductId, 256)]
    [InlineData(DraftField.CategoryId, 256)]
    [InlineData(DraftField.CategoryCode, 256)]
    [InlineData(DraftField.Brand, 256)]
    [InlineData(DraftField.EventId, 256)]
    [InlineData(DraftField.Url, 2048)]
    public void A_field_may_be_as_long_as_its_limit(DraftField field, int most)
    {
        var draft = Good();
        draft[field] = Encoding.ASCII.GetBytes(new string('x', most));
        Assert.Null(EventValidation.Check(draft, new IngestOptions(), Now));
        draft[field] = Encoding.ASCII.GetBytes(new string('x', most + 1));
        Assert.Equal(RejectReason.TooLong, EventValidation.Check(draft, new IngestOptions(), Now));
        Assert.Equal(field.Name(), draft.Detail);
    }

    [Fact]
    public void The_first_reason_that_holds_wins()
    {
        var draft = new EventDraft { Raw = new byte[] { 0xff }, UserId = "1E+5"u8.ToArray(), PriceText = "x"u8.ToArray() };
        var repairs = new (RejectReason Reason, Action Repair)[]
        {
            (RejectReason.Malformed, () => draft.Raw = default),
            (RejectReason.BadTime, () => draft.EventTime = "2030-01-01 00:00:00"u8.ToArray()),
            (RejectReason.UnknownKind, () => draft.EventType = "cart"u8.ToArray()),
            (RejectReason.MissingProduct, () => draft.ProductId = Encoding.ASCII.GetBytes(new string('x', 300))),
            (RejectReason.BadPrice, () => draft.PriceText = "1"u8.ToArray()),
            (RejectReason.MangledId, () => draft.UserId = "1"u8.ToArray()),
            (RejectReason.TooLong, () => draft.ProductId = "p"u8.ToArray()),
            (RejectReason.InTheFuture, () => draft.EventTime = "2019-01-01 00:00:00"u8.ToArray()),
        };
        foreach (var (reason, repair) in repairs)
        {
            Assert.Equal(reason, EventValidation.Check(draft, new IngestOptions(), Now));
            repair();
        }

        Assert.Null(EventValidation.Check(draft, new IngestOptions(), Now));
    }

    [Fact]
    public void A_price_times_a_quantity_stays_countable()
    {
        var draft = Good();
        draft.PriceText = "1000001"u8.ToArray();
        draft.QuantityText = "1000000"u8.ToArray();
        Assert.Equal(RejectReason.BadPrice, EventValidation.Check(draft, new IngestOptions(), Now));
        draft.PriceText = "1000000"u8.ToArray();
        Assert.Null(EventValidation.Check(draft, new IngestOptions(), Now));
    }

    [Theory]
    [InlineData("1970-01-01 00:00:00 UTC", 0L)]
    [InlineData("2019-10-01 00:00:00 UTC", 1569888000000)]
    [InlineData("2019-10-01 00:00:00", 1569888000000)]
    [InlineData("2019-10-01T00:00:00Z", 1569888000000)]
    [InlineData("2019-10-01T02:00:00+02:00", 1569888000000)]
    [InlineData("2019-09-30T19:30:00.5-0430", 1569888000500)]
    [InlineData("2019-10-01T02:00:00.1239+02", 1569888000123)]
    [InlineData("2024-02-29 23:59:59", 1709251199000)]
    [InlineData("9999-12-31T23:59:59.999Z", 253402300799999)]
    [InlineData("9999-12-31T23:59:59-01:00", null)]
    [InlineData("1970-01-01T00:00:00+01:00", null)]
    [InlineData("1969-12-31 23:59:59", null)]
    [InlineData("0000-01-01 00:00:00", null)]
    [InlineData("2023-02-29 00:00:00", null)]
    [InlineData("2023-13-01 00:00:00", null)]
    [InlineData("2023-00-01 00:00:00", null)]
    [InlineData("2023-01-00 00:00:00", null)]
    [InlineData("2023-01-01 24:00:00", null)]
    [InlineData("2023-01-01 23:60:00", null)]
    [InlineData("2023-01-01 23:00:60", null)]
    [InlineData("2023-01-01", null)]
    [InlineData("2023-01-01 00:00:00.", null)]
    [InlineData("2023-01-01 00:00:00 CET", null)]
    [InlineData("2023-01-01 00:00:00+1:00", null)]
    [InlineData("20x3-01-01 00:00:00", null)]
    [InlineData("1569888000000", null)]
    public void Times_are_read(string text, long? timeMs)
    {
        var good = TimeText.TryParse(Encoding.UTF8.GetBytes(text), out var read);
        Assert.Equal(timeMs, good ? read : null);
    }

    [Fact]
    public void Any_moment_reads_back() => Gen.Long[0, 253_402_300_799_999].Sample(timeMs =>
    {
        var text = DateTimeOffset.FromUnixTimeMilliseconds(timeMs).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        Assert.True(TimeText.TryParse(Encoding.ASCII.GetBytes(text), out var read));
        Assert.Equal(timeMs, read);
        Assert.True(TimeText.TryParseUnixMs(Encoding.ASCII.GetBytes(timeMs.ToString(CultureInfo.InvariantCulture)), out read));
        Assert.Equal(timeMs, read);
    });

    [Theory]
    [InlineData("33.2", 332000)]
    [InlineData("3.32e1", 332000)]
    [InlineData("332E-1", 332000)]
    [InlineData("0.00005", 0)]
    [InlineData("0.00015", 2)]
    [InlineData("0.00025", 2)]
    [InlineData("0.00005000000000000000000000000000000000001", 1)]
    [InlineData("-0.00", 0)]
    [InlineData("0e99999", 0)]
    [InlineData("1e-99999", 0)]
    [InlineData(".5", 5000)]
    [InlineData("5.", 50000)]
    [InlineData("1e99999", null)]
    [InlineData("-0.00001", null)]
    [InlineData("+1", null)]
    [InlineData(" 1", null)]
    [InlineData("1,000", null)]
    [InlineData("1.2.3", null)]
    [InlineData(".", null)]
    [InlineData("e5", null)]
    [InlineData("1e", null)]
    [InlineData("1e+", null)]
    [InlineData("NaN", null)]
    [InlineData("Infinity", null)]
    [InlineData("0x10", null)]
    [InlineData("", null)]
    [InlineData("92233720368547758070000", null)]
    public void Amounts_are_read(string text, int? units)
    {
        var good = DecimalText.TryParse(Encoding.UTF8.GetBytes(text), 4, out var read, out _);
        Assert.Equal(units, good ? (int?)read : null);
    }

    [Fact]
    public void Amounts_are_exact_and_rounded_half_to_even() =>
        Gen.Select(Gen.ULong[0, 9_999_999_999], Gen.Int[0, 9], Gen.Int[-6, 3], Gen.Int[0, 5]).Sample((digits, point, exponent, decimals) =>
        {
            var plain = digits.ToString(CultureInfo.InvariantCulture).PadLeft(point + 1, '0');
            var text = point == 0 ? plain : $"{plain[..^point]}.{plain[^point..]}";
            text += exponent == 0 ? "" : $"e{exponent}";

            // The model: value = digits × 10^shift, in whole numbers.
            var shift = decimals + exponent - point;
            var numerator = new BigInteger(digits) * BigInteger.Pow(10, Math.Max(0, shift));
            var divisor = BigInteger.Pow(10, Math.Max(0, -shift));
            var quotient = BigInteger.DivRem(numerator, divisor, out var remainder);
            var twice = remainder * 2;
            var expected = quotient + (twice > divisor || (twice == divisor && !quotient.IsEven) ? 1 : 0);

            Assert.True(DecimalText.TryParse(Encoding.ASCII.GetBytes(text), decimals, out var scaled, out var exact));
            Assert.Equal(expected, scaled);
            Assert.Equal(remainder.IsZero, exact);
        });

    [Fact]
    public void Mangled_ids_are_those_of_the_two_patterns() => Gen.String[Gen.OneOf<char>('0', '7', '.', 'e', 'E', '+', '-', 'x'), 0, 8].Sample(text =>
        Assert.Equal(Mangled().IsMatch(text), MangledIds.IsMangled(Encoding.ASCII.GetBytes(text))), iter: 20_000);

    [Fact]
    public void Options_report_every_error_at_once()
    {
        var validator = new IngestOptionsValidator();
        Assert.True(validator.Validate(null, new IngestOptions()).Succeeded);
        var result = validator.Validate(null, new IngestOptions { MaxIdLength = 0, AppendBatchEvents = 0, MaxClockSkew = TimeSpan.FromSeconds(-1), MaxDeadLetterBytes = 2 << 20 });
        Assert.Equal(4, result.Failures!.Count());
    }

    [GeneratedRegex(@"^(\d+(\.\d+)?[eE][+-]\d+|\d+\.\d+[eE]\d+)\z")]
    private static partial Regex Mangled();

    private static EventDraft Good() => new()
    {
        EventTime = "2019-10-01 00:00:00 UTC"u8.ToArray(),
        EventType = "view"u8.ToArray(),
        UserId = "541312140"u8.ToArray(),
        ProductId = "44600062"u8.ToArray(),
        PriceText = "35.79"u8.ToArray(),
    };
}
