using CsCheck;
using OrleansAnalytics.Events;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

public sealed class LogRecordTests
{
    [Fact]
    public void A_header_is_read_as_it_was_written() =>
        Gen.Select(Gen.Int[1, int.MaxValue], Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue]).Sample((count, ms, before) =>
        {
            var value = new byte[LogRecord.MaxHeaderLength + 5];
            var length = LogRecord.WriteHeader(value, count, ms, before);
            Assert.True(LogRecord.TryReadHeader(value.AsSpan(0, length + 5), out var record));
            Assert.Equal(new LogRecord(count, ms, before, length), record);
            Assert.False(LogRecord.TryReadHeader(value.AsSpan(0, length - 1), out _));
        });

    [Fact]
    public void Keys_sort_by_partition_and_position() =>
        Gen.Select(Gen.Int[0, 1023], Gen.Long[0, long.MaxValue], Gen.Int[0, 1023], Gen.Long[0, long.MaxValue]).Sample((p, a, q, b) =>
            Math.Sign((p, a).CompareTo((q, b))) == Math.Sign(LogRecord.Key(p, a).AsSpan().SequenceCompareTo(LogRecord.Key(q, b))));

    [Fact]
    public void Version_1_stays_readable()
    {
        var stored = Convert.FromHexString("01AC02" + "0080C2E66D010000" + "0700000000000000" + "AABB");
        Assert.True(LogRecord.TryReadHeader(stored, out var record));
        Assert.Equal(new LogRecord(300, 0x16DE6C28000, 7, 19), record);
        Assert.Equal("00030000000000000102", Convert.ToHexString(LogRecord.Key(3, 258)));
    }
}
