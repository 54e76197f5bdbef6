using System.Buffers;
using CsCheck;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Tests.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Catalog;

/// <summary>A tally against a plain dictionary of hours: the same bytes, whatever the order and the distance of the event times.</summary>
public sealed class ActivityTallyTests
{
    private const int LongestHistory = 24 * 60;

    private static readonly Gen<long> Start = Gen.OneOf<long>(
        RandomEvents.StartMs,
        -90 * EventTime.HourMs,
        DateTimeOffset.MinValue.ToUnixTimeMilliseconds(),
        DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() - (LongestHistory * EventTime.HourMs));

    /// <summary>Some hours reach more events of a kind than are kept in short.</summary>
    private static readonly Gen<Step> OneStep =
        from stream in Gen.Int[0, 7]
        from hours in Gen.Int[0, 3]
        from kind in Gen.Int[1, 5]
        from price in Gen.Int[0, 2]
        from times in Gen.Frequency((9, Gen.Int[1, 2]), (1, Gen.Int[100, 140]))
        from isStored in Gen.Frequency((7, Gen.Const(false)), (1, Gen.Const(true)))
        select new Step(stream, hours, (EventKind)kind, price, times, isStored);

    private static readonly Gen<(long StartMs, int Apart, int Limit, Step[] Steps)> History =
        Gen.Select(Start, Gen.Int[0, 30], Gen.OneOf(Gen.Int[1, 5], Gen.Int[6, 200]), OneStep.Array[1, 150]);

    [Fact]
    public void A_tally_is_what_a_dictionary_of_hours_tells_whatever_the_streams_that_meet_in_it() =>
        History.Sample((startMs, apart, limit, steps) =>
        {
            var model = new Model(limit);
            var tally = new ActivityTally(limit);
            var streams = new int[8];
            foreach (var step in steps)
            {
                streams[step.Stream] += step.Hours;
                var shopEvent = EventAt(startMs + (((step.Stream * apart) + streams[step.Stream]) * EventTime.HourMs), step);
                for (var i = 0; i < step.Times; i++)
                {
                    model.Add(shopEvent);
                    tally.Add(shopEvent);
                }

                if (step.IsStored)
                {
                    tally = Read(AssertSame(model, tally), limit);
                }
            }

            AssertSame(model, tally);
            var told = tally.ToActivity();
            Assert.Equal(model.Newest.Select(h => h.Number * EventTime.HourMs), told.Hours.Select(h => h.Hour.ToUnixTimeMilliseconds()));
            Assert.Equal(model.Newest.Select(h => h.Revenue), told.Hours.Select(h => h.Revenue));
            Assert.Equal(model.Newest.Select(h => Total(h.Kinds)), told.Hours.Select(h => h.Kinds.Values.Sum()));
        });

    private static ShopEvent EventAt(long timeMs, Step step) =>
        RandomEvents.Event(timeMs, step.Kind, "p") with { Price = new Money(step.Price * 12_345) };

    private static long Total(PerKind<uint> kinds) => kinds.Sum();

    private static byte[] AssertSame(Model model, in ActivityTally tally)
    {
        var (expected, actual) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
        model.WriteTo(new FormatWriter(expected));
        tally.WriteTo(new FormatWriter(actual));
        Assert.Equal(expected.WrittenSpan, actual.WrittenSpan);
        return actual.WrittenSpan.ToArray();
    }

    private static ActivityTally Read(byte[] stored, int limit)
    {
        var reader = new FormatReader(stored);
        var tally = new ActivityTally(limit);
        tally.ReadFrom(ref reader);
        Assert.Equal(0, reader.Remaining);
        return tally;
    }

    private sealed record Step(int Stream, int Hours, EventKind Kind, int Price, int Times, bool IsStored);

    private sealed class Model(int limit)
    {
        private readonly SortedDictionary<int, (PerKind<uint> Kinds, Money Revenue)> _hours = [];
        private EventTotals _totals;

        public IEnumerable<(int Number, PerKind<uint> Kinds, Money Revenue)> Newest =>
            _hours.TakeLast(limit).Select(h => (h.Key, h.Value.Kinds, h.Value.Revenue));

        public void Add(ShopEvent shopEvent)
        {
            _totals.Add(shopEvent);
            var number = EventTime.Hour(shopEvent.TimeMs);
            var hour = _hours.GetValueOrDefault(number);
            hour.Kinds[shopEvent.Kind.Index()]++;
            hour.Revenue += shopEvent.Revenue;
            _hours[number] = hour;
        }

        public void WriteTo(FormatWriter writer)
        {
            _totals.WriteTo(writer);
            writer.Count(Math.Min(limit, _hours.Count));
            var before = 0L;
            foreach (var (number, kinds, revenue) in Newest)
            {
                writer.Signed(number - before);
                kinds.WriteTo(writer);
                writer.Money(revenue);
                before = number;
            }
        }
    }
}
