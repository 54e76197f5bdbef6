namespace OrleansAnalytics.Partitions.Placement;

/// <summary>
/// Rendezvous hashing (highest random weight): every key has a weight with every place and belongs to the heaviest. When a place comes or goes, only the
/// keys that it wins or leaves change their place.
/// </summary>
public static class Rendezvous
{
    /// <summary>The index of the place of a key. Of equal places the first has it, so the answer depends on the order only if two places have one hash.</summary>
    /// <param name="places">Hashes of the places, at least one.</param>
    /// <param name="key">The hash of the key.</param>
    public static int IndexOf(ReadOnlySpan<ulong> places, ulong key)
    {
        var (best, heaviest) = (0, 0UL);
        for (var i = 0; i < places.Length; i++)
        {
            var weight = Mix(places[i] ^ key);
            if (weight > heaviest)
            {
                (best, heaviest) = (i, weight);
            }
        }

        return best;
    }

    /// <summary>The finaliser of SplitMix64: one to one, so two places never weigh the same for a key.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
        value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
        return value ^ (value >> 31);
    }
}
