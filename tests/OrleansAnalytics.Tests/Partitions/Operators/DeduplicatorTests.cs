using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

public sealed class DeduplicatorTests
{
    private const int Segment = 4_096;

    [Fact]
    public void The_last_ids_of_the_window_are_known_and_much_older_ones_are_not()
    {
        var forgotten = 0;
        Gen.Select(Gen.Int[1, 6_000], Gen.Int[1, 20_000], Gen.Int).Sample((window, ids, seed) =>
        {
            var deduplicator = new Deduplicator(window);
            var random = new Random(seed);
            var acceptedAs = new Dictionary<EventId, int>();
            var accepted = 0;
            for (var i = 0; i < 30_000; i++)
            {
                var id = new EventId(3, (ulong)random.Next(ids));
                var isNew = deduplicator.TryAccept(id);
                if (acceptedAs.TryGetValue(id, out var before))
                {
                    // "At least the window" are remembered, and less than a segment more.
                    var age = accepted - before;
                    Assert.False(isNew && age <= window, $"an id {age} ids old was forgotten; the window is {window}");
                    Assert.False(!isNew && age > window + Segment, $"an id {age} ids old is still known; the window is {window}");
                    forgotten += isNew ? 1 : 0;
                }
                else
                {
                    Assert.True(isNew, "an id that never came is called a duplicate");
                }

                if (isNew)
                {
                    acceptedAs[id] = accepted++;
                }
            }
        }, iter: 30, threads: 1);
        Assert.True(forgotten > 0, "nothing was ever forgotten, so the window was not tried");
    }
}
