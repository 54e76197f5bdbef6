using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Journeys;

public sealed class JourneyFormatTests
{
    private static readonly JourneyOptions Tight = new() { MaxSessionsKept = 3, MaxStepsPerSession = 4, MaxCartLines = 2 };

    [Fact]
    public void A_stored_journey_goes_on_as_if_it_had_never_been_stored() =>
        Gen.Select(RandomEvents.Journey, Gen.Int[0, 60], Gen.Bool).Sample((events, at, tight) =>
        {
            var options = tight ? Tight : new JourneyOptions();
            at = Math.Min(at, events.Length);
            var never = new JourneyFold(options).FoldAll(events);
            var read = new JourneyFold(options).FoldAll([RandomEvents.Event(1, EventKind.View, "replaced by what is read")]);
            read.ReadFrom(new JourneyFold(options).FoldAll(events[..at]).Stored());
            read.FoldAll(events[at..], at);
            Assert.Equal(RandomEvents.Text(never.ToJourney("u")), RandomEvents.Text(read.ToJourney("u")));
            Assert.Equal(never.Stored(), read.Stored());
        });

    [Fact]
    public void A_journey_that_is_cut_or_has_more_behind_it_is_refused() =>
        RandomEvents.Journey.Sample(events =>
        {
            var stored = new JourneyFold(Tight).FoldAll(events).Stored();
            for (var length = 0; length < stored.Length; length++)
            {
                Assert.Throws<DamagedFormatException>(() => new JourneyFold(Tight).ReadFrom(stored.AsSpan(0, length)));
            }

            Assert.Throws<DamagedFormatException>(() => new JourneyFold(Tight).ReadFrom([.. stored, 0]));
        }, iter: 20);

    [Fact]
    public void A_journey_with_a_wrong_bit_is_refused_or_can_be_told() =>
        Gen.Select(RandomEvents.Journey, Gen.Int[0, int.MaxValue]).Sample((events, at) =>
        {
            var stored = new JourneyFold(Tight).FoldAll(events).Stored();
            stored[at / 8 % stored.Length] ^= (byte)(1 << (at % 8));
            var fold = new JourneyFold(Tight);
            try
            {
                fold.ReadFrom(stored);
            }
            catch (DamagedFormatException)
            {
                return;
            }

            fold.ToJourney("u");
        }, iter: 4_000);

    [Fact]
    public void A_newer_version_is_refused()
    {
        var stored = new JourneyFold(Tight).FoldAll([RandomEvents.Event(1, EventKind.View, "p")]).Stored();
        Assert.Equal(1, stored[0]);
        stored[0] = 2;
        Assert.Throws<DamagedFormatException>(() => new JourneyFold(Tight).ReadFrom(stored));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("00")]
    [InlineData("007")]
    [InlineData("17200513")]
    [InlineData("999999999999999999")]
    [InlineData("1000000000000000000")]
    [InlineData("99999999999999999999")]
    [InlineData("-1")]
    [InlineData("1 ")]
    [InlineData("٣")]
    [InlineData("")]
    [InlineData("Ключ-7")]
    public void Subjects_come_back_as_they_were(string subject)
    {
        var fold = new JourneyFold(Tight).FoldAll([RandomEvents.Event(1, EventKind.View, subject)]);
        Assert.Equal(subject, fold.ToJourney("u")!.Sessions[0].Steps[0].Subject);
    }

    [Fact]
    public void An_event_without_a_subject_is_poison()
    {
        var fold = new JourneyFold(Tight);
        Assert.Throws<ArgumentException>(() => fold.Fold(RandomEvents.Event(1, EventKind.Cart, "p") with { ProductId = null }, 1));
        Assert.Throws<ArgumentException>(() => fold.Fold(RandomEvents.Event(1, EventKind.Page, "p") with { Url = null }, 1));
        Assert.ThrowsAny<Exception>(() => fold.Fold(RandomEvents.Event(1, EventKind.View, "p") with { TimeMs = long.MaxValue }, 1));
    }
}
