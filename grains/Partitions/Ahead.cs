using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Asks the processor to fetch what will be used in a moment. Entities are spread over gigabytes, and to wait for one object of them takes as long as a hundred operations; there are
/// five or six on the way from a lane to the place where an event is counted. So while one entity is updated, the first of these is fetched for an entity further on, the second
/// for one not so far, and so on. Only a hint: nothing depends on it, and processors that have no such instruction do without.
/// </summary>
/// <remarks>What is fetched is looked at without a lock, so it may be another's work, half done: who adds a step must only follow references, and index nothing unchecked.</remarks>
public static class Ahead
{
    /// <summary>So many from one step to the next: what is fetched should be there when the next step looks at it, and not have left the caches again.</summary>
    public const int Stride = 4;

    /// <summary>What the processor fetches at once.</summary>
    public const int LineBytes = 64;

    /// <summary>False on processors without the instruction: then nobody needs to look for what could be fetched.</summary>
    public static bool IsSupported => Sse.IsSupported;

    /// <summary>For who goes through lanes and updates the entity of each.</summary>
    /// <param name="lanes">The lane that is used now, and those that follow.</param>
    public static void Entities(ReadOnlySpan<EntityLane> lanes)
    {
        if (IsSupported && lanes.Length > 7 * Stride)
        {
            Fetch(lanes[7 * Stride]);
            Fetch(lanes[6 * Stride].Local, lines: 3);
            lanes[5 * Stride].Local?.Fetch(0);
            lanes[4 * Stride].Local?.Fetch(1);
            lanes[3 * Stride].Local?.Fetch(2);
            lanes[2 * Stride].Local?.Fetch(3);
            lanes[Stride].Local?.Fetch(4);
        }
    }

    /// <summary>For who goes through flushes and saves the entity of each.</summary>
    /// <param name="flushes">The flushes.</param>
    /// <param name="now">Which of them is used now.</param>
    public static void Entities(IReadOnlyList<EntityLane> flushes, int now)
    {
        if (IsSupported && flushes.Count - now > 7 * Stride)
        {
            Fetch(flushes[now + (7 * Stride)]);
            Fetch(flushes[now + (6 * Stride)].Local, lines: 3);
            flushes[now + (5 * Stride)].Local?.Fetch(0);
            flushes[now + (4 * Stride)].Local?.Fetch(1);
            flushes[now + (3 * Stride)].Local?.Fetch(2);
            flushes[now + (2 * Stride)].Local?.Fetch(3);
            flushes[now + Stride].Local?.Fetch(4);
        }
    }

    /// <summary>For who goes through entries and uses the lanes of each.</summary>
    /// <param name="entries">The entry that is used now, and those that follow.</param>
    public static void Lanes(ReadOnlySpan<LogEntry> entries)
    {
        if (IsSupported && entries.Length > Stride)
        {
            var texts = entries[Stride].Texts;
            Fetch(texts.User?.Lane);
            Fetch(texts.Product?.Lane);
            Fetch(texts.Category?.Lane);
            Fetch(texts.Brand?.Lane);
        }
    }

    /// <summary>Fetches the beginning of an object.</summary>
    /// <param name="what">The object; null is ignored.</param>
    /// <param name="lines">How much of it, in lines of 64 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(object? what, int lines = 2)
    {
        if (what is not null)
        {
            for (var line = 0; line < lines; line++)
            {
                Fetch(AddressOf(ref what) + (line * LineBytes));
            }
        }
    }

    /// <summary>Fetches an item of an array, and the array's length.</summary>
    /// <param name="items">The array.</param>
    /// <param name="index">The item; may be outside of the array.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchItem<T>(T[] items, int index)
    {
        Fetch(AddressOf(ref items));
        FetchItem(items, index, lines: 1);
    }

    /// <summary>Fetches an item of an array, without its length.</summary>
    /// <param name="items">The array.</param>
    /// <param name="index">The item; may be outside of the array.</param>
    /// <param name="lines">How much from there on, in lines of 64 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchItem<T>(T[] items, int index, int lines)
    {
        // An array is a reference to its type and its length, then the items.
        var address = AddressOf(ref items) + (2 * nint.Size) + (index * Unsafe.SizeOf<T>());
        for (var line = 0; line < lines; line++)
        {
            Fetch(address + (line * LineBytes));
        }
    }

    /// <summary>Where an object is now: in a moment it may be elsewhere, and who then fetches from here has done so in vain.</summary>
    private static nint AddressOf<T>(ref T what)
        where T : class => Unsafe.As<T, nint>(ref what);

    private static unsafe void Fetch(nint address)
    {
        if (IsSupported)
        {
            Sse.Prefetch0((void*)address);
        }
    }
}
