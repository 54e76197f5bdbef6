using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;

namespace OrleansAnalytics.Tests.Faults;

/// <summary>
/// Decides which calls fail and how. The fate of the n-th call with a name depends on the seed, the name and n alone, so threads that race for
/// different names cannot change it: the same seed gives every entity, partition and checkpoint the same trouble again.
/// </summary>
/// <param name="seed">Decides.</param>
/// <param name="writes">The share of changing calls that do not simply work, 0 to 1.</param>
/// <param name="reads">The same of reading calls.</param>
internal sealed class FaultPlan(int seed, double writes, double reads)
{
    /// <summary>What may become of a call that changes something, and is all or nothing.</summary>
    public static readonly FaultKind[] OfWrites = [FaultKind.FailBefore, FaultKind.FailAfter, FaultKind.TimeOut, FaultKind.Slow];

    /// <summary>What may become of a call that changes something and can be cut in two.</summary>
    public static readonly FaultKind[] OfDivisibleWrites = [.. OfWrites, FaultKind.Part];

    /// <summary>What may become of a call that only looks.</summary>
    public static readonly FaultKind[] OfReads = [FaultKind.FailBefore, FaultKind.Slow];

    /// <summary>The same if it may see less than there is.</summary>
    public static readonly FaultKind[] OfShortReads = [.. OfReads, FaultKind.Part];

    private const int LongestPauseMs = 20;

    private readonly ConcurrentDictionary<string, long> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> _injected = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<Task> _late = new();
    private volatile bool _quiet;

    /// <summary>How often each fault struck so far, by <c>operation: kind</c>.</summary>
    public IReadOnlyDictionary<string, long> Injected => _injected.ToDictionary();

    /// <summary>A plan without faults.</summary>
    public static FaultPlan None() => new(seed: 0, writes: 0, reads: 0);

    /// <summary>Ends all faults and waits for calls that were to happen later.</summary>
    public Task QuietAsync()
    {
        _quiet = true;
        return SettleAsync();
    }

    /// <summary>Waits for calls that were to happen later.</summary>
    public async Task SettleAsync()
    {
        while (_late.TryDequeue(out var late))
        {
            await late;
        }
    }

    /// <summary>The fate of the next call with this name. Counts it.</summary>
    /// <param name="operation">What is called: <c>append</c>.</param>
    /// <param name="subject">On what: <c>partition 3</c>.</param>
    /// <param name="kinds">The faults that fit; one of the arrays of this class.</param>
    public Fault Next(string operation, string subject, FaultKind[] kinds)
    {
        var name = $"{operation} {subject}";
        var number = _calls.AddOrUpdate(name, 1, static (_, before) => before + 1);
        Span<long> about = [seed, number];
        var chance = XxHash64.HashToUInt64([.. MemoryMarshal.AsBytes(about), .. Encoding.UTF8.GetBytes(name)]);
        var rate = kinds == OfReads || kinds == OfShortReads ? reads : writes;
        if (_quiet || (chance >> 40) / (double)(1 << 24) >= rate)
        {
            return default;
        }

        var fault = new Fault(kinds[(int)(chance & 0xFFFF) % kinds.Length], TimeSpan.FromMilliseconds(1 + ((chance >> 16) & 0xFFFF) % LongestPauseMs));
        _injected.AddOrUpdate($"{operation}: {fault.Kind}", 1, static (_, before) => before + 1);
        return fault;
    }

    /// <summary>Makes a changing call under its fate.</summary>
    /// <param name="fault">Its fate.</param>
    /// <param name="call">The call; may run after this method has thrown, so it must not use anything of the caller's that changes.</param>
    /// <param name="failure">What a failure looks like to the caller.</param>
    /// <param name="part">A part of the call.</param>
    public async Task<T> RunAsync<T>(Fault fault, Func<Task<T>> call, Func<string, Exception> failure, Func<Task>? part = null)
    {
        switch (fault.Kind)
        {
            case FaultKind.FailBefore:
                throw failure("failed and has done nothing");
            case FaultKind.FailAfter:
                await call();
                throw failure("is done, but the answer was lost");
            case FaultKind.TimeOut:
                _late.Enqueue(LaterAsync(call, fault.Pause));
                throw failure("timed out; it happens later");
            case FaultKind.Part:
                await part!();
                throw failure("is done in part");
            case FaultKind.Slow:
                await Task.Delay(fault.Pause);
                break;
        }

        return await call();
    }

    private static async Task LaterAsync<T>(Func<Task<T>> call, TimeSpan pause)
    {
        // Not on the caller's scheduler: an activation that gave up may be gone by then.
        await Task.Delay(pause).ConfigureAwait(false);
        await ((Task)call()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

/// <summary>The fate of one call.</summary>
/// <param name="Kind">What becomes of it.</param>
/// <param name="Pause">How long slow is, and how much later is later.</param>
internal readonly record struct Fault(FaultKind Kind, TimeSpan Pause);
