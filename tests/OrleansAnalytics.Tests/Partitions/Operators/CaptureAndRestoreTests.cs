using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

/// <summary>What a replay from a checkpoint computes is what was computed before it.</summary>
public sealed class CaptureAndRestoreTests
{
    [Fact]
    public void Going_on_from_a_checkpoint_is_never_having_stopped() =>
        Gen.Select(RandomEntries.Log, Gen.Int[0, 12].Array[160]).Sample((log, steps) => Compare(log, steps, RandomEntries.Roomy));

    [Fact]
    public void Going_on_from_a_checkpoint_is_never_having_stopped_when_every_limit_is_reached() =>
        Gen.Select(RandomEntries.Log, Gen.Int[0, 12].Array[160], RandomEntries.TinyLimits).Sample((log, steps, options) => Compare(log, steps, options), iter: 2_000);

    [Fact]
    public void Every_limit_is_reached_and_counted_in_such_logs()
    {
        var reached = new HashSet<string>();
        var (closed, forgotten) = (false, false);
        Gen.Select(RandomEntries.Log, RandomEntries.TinyLimits).Sample((log, options) =>
        {
            var operators = new PartitionOperators(options);
            Array.ForEach(log, entry => operators.Process(entry));
            reached.UnionWith(operators.LimitsReached.Keys);
            closed |= operators.Tallies(0, TallyParts.All).Sessions > options.MaxSessions;
            forgotten |= operators.Late > 0;
        }, iter: 300, threads: 1);
        Assert.Equal(
            [
                SiteCounters.BrandsLimit, SessionOperator.CartProductTalliesLimit, SessionOperator.CartProductsLimit, SiteCounters.CategoriesLimit, SiteCounters.CategoryDaysLimit,
                VisitorOperator.DistinctLimit, SessionOperator.FunnelCartsLimit, SessionOperator.FunnelCategoriesLimit, SessionOperator.FunnelDaysLimit, SiteCounters.HoursLimit,
                PageOperator.PagesLimit, RateOperator.RateWindowsLimit, SessionOperator.SessionCategoriesLimit, SessionOperator.SessionsLimit, SpendOperator.SpendRowsLimit,
                SiteCounters.SubCategoriesLimit, VisitorOperator.VisitorDaysLimit,
            ],
            reached.Order(StringComparer.Ordinal));
        Assert.True(closed && forgotten, "no session was closed, or no event was late");
    }

    [Fact]
    public void Ids_and_visitors_of_many_segments_survive_a_restart()
    {
        // The deduplicator forgets by segments of 4,096 ids: only a long log shows whether the forgotten ones are forgotten in the checkpoint too.
        var random = new Random(11);
        var log = Enumerable.Range(1, 30_000)
            .Select(position => new LogEntry(position, RandomEntries.View with { Id = new EventId(9, (ulong)random.Next(12_000)), UserId = "u" + random.Next(20_000) }, null))
            .ToArray();
        var options = new OperatorOptions { DeduplicationWindow = 5_000, MaxSessions = 100 };
        var steps = Enumerable.Range(0, log.Length).Select(i => i % 4_999 == 4_998 ? 1 : i % 3_001 == 3_000 ? 0 : 9).ToArray();
        var parts = Compare(log, steps, options);
        Assert.InRange(parts.Count(part => part.StartsWith("ids/", StringComparison.Ordinal)), 2, 3);
        Assert.DoesNotContain("ids/0", parts);
        Assert.InRange(parts.Count(part => part.StartsWith("users/", StringComparison.Ordinal)), 2, 3);
    }

    [Fact]
    public void Sessions_of_many_segments_survive_a_restart()
    {
        // A shop of which only a part is awake: most sessions are open for many captures without being touched, some go on after a gap that a late event closes.
        var random = new Random(12);
        var log = Enumerable.Range(1, 12_000).Select(position => new LogEntry(position, RandomEntries.View with
        {
            Id = new EventId(10, (ulong)position),
            TimeMs = RandomEntries.View.TimeMs + (position * 1_000L) - (random.Next(8) == 0 ? random.Next(2_400_000) : 0),
            Kind = (EventKind)random.Next(1, 4),
            UserId = "u" + (random.Next(3) == 0 ? random.Next(40) : random.Next(4_000)),
            ProductId = "p" + random.Next(3),
        }, null)).ToArray();
        var steps = Enumerable.Range(0, log.Length).Select(i => i % 3_989 == 3_988 ? 1 : i % 2_503 == 2_502 ? 3 : i % 40 == 39 ? 0 : 9).ToArray();
        var parts = Compare(log, steps, new OperatorOptions { StragglerEvents = 500, MaxCartProducts = 1 }).Where(part => part.StartsWith("sessions/open/", StringComparison.Ordinal)).ToList();
        Assert.InRange(parts.Count, 2, 66);
        Assert.DoesNotContain("sessions/open/0", parts);
    }

    [Fact]
    public void Rate_windows_of_many_segments_survive_a_restart()
    {
        // Users come back within a window, late, and again after their window was forgotten, which the limit does long before it has ended.
        var random = new Random(13);
        var log = Enumerable.Range(1, 20_000).Select(position => new LogEntry(position, RandomEntries.View with
        {
            Id = new EventId(12, (ulong)position),
            TimeMs = RandomEntries.View.TimeMs + (position * 20L) - (random.Next(10) == 0 ? random.Next(60_000) : 0),
            UserId = "u" + random.Next(3_000),
        }, null)).ToArray();
        var steps = Enumerable.Range(0, log.Length).Select(i => i % 4_999 == 4_998 ? 1 : i % 3_001 == 3_000 ? 3 : i % 400 == 399 ? 0 : 9).ToArray();
        var parts = Compare(log, steps, new OperatorOptions { RateLimit = 2, StragglerEvents = 100, MaxRateWindows = 2_500, MaxSessions = 100 })
            .Where(part => part.StartsWith("rate/", StringComparison.Ordinal)).ToList();
        Assert.InRange(parts.Count, 3, 4);
        Assert.DoesNotContain("rate/0", parts);
    }

    [Theory]
    [InlineData("sessions/open/")]
    [InlineData("rate/")]
    public void A_capture_costs_what_happened_and_not_what_is_open(string segments)
    {
        const int Users = 25_600;
        var checkpointed = new CheckpointedOperators(new OperatorOptions());
        var position = 0L;
        var all = BytesAfter(Users);
        for (var i = 0; i < 200; i++)
        {
            // A hundredth of the sessions is touched, and a thirty-second of the others has its turn; as many windows are opened.
            Assert.InRange(BytesAfter(Users / 100), 1, all / 20);
        }

        // Nor is much stored twice.
        Assert.InRange(Bytes(checkpointed.Parts), all, 5 * all);
        var steady = checkpointed.Operators;
        checkpointed.Restart();
        AssertSame(steady, checkpointed.Operators);

        int BytesAfter(int events)
        {
            for (; events > 0; events--)
            {
                position++;
                checkpointed.Process(new LogEntry(position, RandomEntries.View with
                {
                    Id = new EventId(11, (ulong)position),
                    UserId = $"user-{position * 7 % Users:D5}",
                    TimeMs = RandomEntries.View.TimeMs + position,
                }, null));
            }

            return Bytes(checkpointed.Capture().Changed);
        }

        int Bytes(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts) =>
            parts.Where(part => part.Key.StartsWith(segments, StringComparison.Ordinal)).Sum(part => part.Value.Length);
    }

    [Fact]
    public void What_is_stored_of_sessions_stays_bounded_where_a_partition_goes_back_after_every_capture()
    {
        const int Users = 3_000;
        var checkpointed = new CheckpointedOperators(new OperatorOptions());
        for (var position = 1; position <= Users + 4_000; position++)
        {
            checkpointed.Process(new LogEntry(position, RandomEntries.View with { Id = new EventId(12, (ulong)position), UserId = $"user-{position % Users}" }, null));
            if (position >= Users && position % 20 == 0)
            {
                checkpointed.Capture();
                checkpointed.Restart();
                Assert.InRange(checkpointed.Parts.Keys.Count(part => part.StartsWith("sessions/open/", StringComparison.Ordinal)), 1, 130);
            }
        }

        Assert.Equal(Users, checkpointed.Operators.Tallies(0, TallyParts.All).Sessions);
    }

    [Fact]
    public void What_is_stored_of_sessions_is_a_few_times_what_is_open_also_where_all_are_touched_between_captures()
    {
        const int Users = 9_000;
        var checkpointed = new CheckpointedOperators(new OperatorOptions());
        for (var position = 1; position <= 20 * Users; position++)
        {
            checkpointed.Process(new LogEntry(position, RandomEntries.View with { Id = new EventId(12, (ulong)position), UserId = $"user-{position % Users}" }, null));
            if (position % (Users - 500) == 0)
            {
                checkpointed.Capture();
            }
        }

        checkpointed.Capture();
        var parts = checkpointed.Parts.Where(part => part.Key.StartsWith("sessions/open/", StringComparison.Ordinal)).ToList();
        Assert.InRange(parts.Count, 3, 16);
        var steady = checkpointed.Operators;
        checkpointed.Restart();
        AssertSame(steady, checkpointed.Operators);
    }

    [Fact]
    public void Two_sessions_that_become_one_keep_the_same_carts_whatever_happened_in_between()
    {
        // A restart lists the sessions of a key in the order in which they were last touched, a running partition in the order in which they began.
        (EventKind Kind, int Minute, string Product)[] steps =
            [(EventKind.Cart, 0, "p1"), (EventKind.Cart, 60, "p2"), (EventKind.View, 0, "p1"), (EventKind.View, 30, "p1"), (EventKind.Purchase, 45, "p1")];
        var log = steps.Select((step, i) => new LogEntry(i + 1, RandomEntries.View with
        {
            Id = new EventId(1, (ulong)i),
            Kind = step.Kind,
            TimeMs = RandomEntries.View.TimeMs + (step.Minute * 60_000),
            ProductId = step.Product,
        }, null)).ToArray();
        Compare(log, [9, 9, 1, 9, 9], new OperatorOptions { MaxCartProducts = 1 });
    }

    [Fact]
    public void What_is_received_is_accepted_or_duplicate_or_rejected() =>
        Gen.Select(RandomEntries.Log, RandomEntries.TinyLimits).Sample((log, options) =>
        {
            var operators = new PartitionOperators(options);
            var outcomes = new long[3];
            foreach (var entry in log)
            {
                outcomes[(int)operators.Process(entry)]++;
                var ingest = operators.Ingest;
                Assert.Equal(entry.Position, ingest.Received);
                Assert.Equal((outcomes[0], outcomes[1], outcomes[2]), (ingest.Accepted, ingest.Duplicates, ingest.RejectedTotal));
            }
        });

    [Fact]
    public void Skipped_positions_change_nothing_but_the_position()
    {
        var operators = new PartitionOperators(RandomEntries.Roomy);
        operators.Process(new LogEntry(5, RandomEntries.View, null));
        var before = TallyText.Counted(operators.Tallies(0, TallyParts.All));
        operators.SkipTo(9);
        Assert.Equal(9, operators.Position);
        operators.SkipTo(7);
        Assert.Equal(9, operators.Position);
        Assert.Equal(before, TallyText.Counted(operators.Tallies(0, TallyParts.All)));
    }

    /// <summary>Steps: 0 capture, 1 capture and restart, 2 restart from the last capture, 3 rewind to it; others only go on.</summary>
    private static string[] Compare(LogEntry[] log, int[] steps, OperatorOptions options)
    {
        var steady = new PartitionOperators(options);
        var checkpointed = new CheckpointedOperators(options);
        var outcomes = new EntryOutcome[log.Length];
        for (var i = 0; i < log.Length; i++)
        {
            outcomes[i] = steady.Process(log[i]);
            Assert.Equal(outcomes[i], checkpointed.Process(log[i]));
            var step = steps[i % steps.Length];
            if (step <= 1)
            {
                checkpointed.Capture();
            }

            if (step is >= 1 and <= 3)
            {
                GoBack(checkpointed, step, log, outcomes, through: i);
                AssertSame(steady, checkpointed.Operators);
            }
        }

        AssertSame(steady, checkpointed.Operators);
        checkpointed.Capture();
        checkpointed.Restart();
        AssertSame(steady, checkpointed.Operators);
        return [.. checkpointed.Parts.Keys];
    }

    private static void GoBack(CheckpointedOperators checkpointed, int step, LogEntry[] log, EntryOutcome[] outcomes, int through)
    {
        if (step == 3)
        {
            checkpointed.Rewind();
        }
        else
        {
            checkpointed.Restart();
        }

        for (var i = (int)checkpointed.Saved; i <= through; i++)
        {
            Assert.Equal(outcomes[i], checkpointed.Process(log[i]));
        }
    }

    private static void AssertSame(PartitionOperators expected, PartitionOperators actual)
    {
        Assert.Equal(TallyText.Everything(expected.Tallies(3, TallyParts.All)), TallyText.Everything(actual.Tallies(3, TallyParts.All)));
        Assert.Equal(expected.LimitsReached.OrderBy(one => one.Key, StringComparer.Ordinal), actual.LimitsReached.OrderBy(one => one.Key, StringComparer.Ordinal));
    }
}
