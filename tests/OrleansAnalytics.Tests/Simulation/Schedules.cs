using System.Globalization;
using OrleansAnalytics.Tests.Simulation.Bugs;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>A schedule that went wrong: what was wrong, and how to see it again.</summary>
/// <param name="Replay">The seed, and after a colon the numbers of the faults that must strike, if not all.</param>
internal sealed record BadSchedule(string Replay, string Wrong, string Story);

/// <summary>Runs schedules, on all cores, and makes those that go wrong small.</summary>
internal static class Schedules
{
    private const long TellEvery = 100_000;

    /// <summary>Runs one schedule.</summary>
    public static (string? Wrong, World World) Run(ulong seed, Bug bug, IReadOnlySet<int>? onlyFaults = null, bool tell = false)
    {
        var world = new World(seed, bug, onlyFaults, tell);
        try
        {
            return (world.Run(), world);
        }
        catch (Exception exception)
        {
            return (exception.ToString(), world);
        }
    }

    /// <summary>Runs the schedules of <paramref name="count"/> seeds from <paramref name="first"/>; the first one to go wrong, made small, or null.</summary>
    public static BadSchedule? FindBad(ulong first, long count, Func<Bug> bug)
    {
        var next = -1L;
        var bad = long.MaxValue;
        var workers = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(Work)).ToList();
        // Without the caller's execution context, which every await would carry along.
        workers.ForEach(worker => worker.UnsafeStart());
        workers.ForEach(worker => worker.Join());
        return bad == long.MaxValue ? null : Shrink(first + (ulong)bad, bug);

        void Work()
        {
            for (var index = Interlocked.Increment(ref next); index < count && index < Interlocked.Read(ref bad); index = Interlocked.Increment(ref next))
            {
                if (index > 0 && index % TellEvery == 0)
                {
                    Console.WriteLine($"{index:N0} of {count:N0} schedules");
                }

                if (Run(first + (ulong)index, bug()).Wrong is not null)
                {
                    // Also seeds that began earlier may still fail: the smallest one counts, so that a run is repeatable.
                    InterlockedMin(ref bad, index);
                }
            }
        }
    }

    /// <summary>Replays what <see cref="BadSchedule.Replay"/> says.</summary>
    public static BadSchedule Replay(string replay, Func<Bug> bug)
    {
        var parts = replay.Split(':');
        var only = parts.Length == 1 ? null : parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(one => int.Parse(one, CultureInfo.InvariantCulture)).ToHashSet();
        var (wrong, world) = Run(ulong.Parse(parts[0], CultureInfo.InvariantCulture), bug(), only, tell: true);
        return new BadSchedule(replay, wrong ?? "", world.Story);
    }

    /// <summary>Leaves out one fault after the other, as long as it still goes wrong without.</summary>
    private static BadSchedule Shrink(ulong seed, Func<Bug> bug)
    {
        var needed = Run(seed, bug()).World.Faults.Struck.ToHashSet();
        for (var again = true; again;)
        {
            again = false;
            foreach (var fault in needed.Order().Reverse())
            {
                var fewer = needed.Where(one => one != fault).ToHashSet();
                if (Run(seed, bug(), fewer) is { Wrong: not null } smaller)
                {
                    needed = [.. smaller.World.Faults.Struck];
                    again = true;
                    break;
                }
            }
        }

        return Replay($"{seed}:{string.Join(',', needed.Order())}", bug);
    }

    private static void InterlockedMin(ref long target, long value)
    {
        for (var known = Interlocked.Read(ref target); value < known;)
        {
            var before = Interlocked.CompareExchange(ref target, value, known);
            if (before == known)
            {
                return;
            }

            known = before;
        }
    }
}
