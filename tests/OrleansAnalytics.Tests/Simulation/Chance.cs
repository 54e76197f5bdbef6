namespace OrleansAnalytics.Tests.Simulation;

/// <summary>Everything that is left to chance in a schedule: SplitMix64, so that a seed means the same schedule with every version of .NET.</summary>
internal sealed class Chance(ulong seed)
{
    private ulong _state = seed;

    public ulong Bits()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to below <paramref name="end"/>.</summary>
    public int Below(int end) => (int)(((Bits() >> 32) * (ulong)end) >> 32);

    public bool OneIn(int times) => Below(times) == 0;
}
