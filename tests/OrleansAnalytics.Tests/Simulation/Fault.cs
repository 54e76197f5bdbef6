namespace OrleansAnalytics.Tests.Simulation;

/// <summary>What can go wrong, or at least come at the wrong moment. Up to <see cref="LettersFail"/> a fault strikes a request; the later ones come out of the blue.</summary>
internal enum Fault
{
    AppendFails,
    AppendUnclear,
    LogReadFails,
    TrimFails,
    CallLost,
    AnswerLost,
    CallDoubled,
    EntityReadFails,
    EntityWriteFails,
    EntityWriteUnclear,
    CheckpointReadFails,
    CheckpointWriteFails,
    CheckpointWriteUnclear,
    LettersFail,

    SiloDies,
    EntityGoes,
    EntityForgotten,
    PartitionStops,
    PartitionDoubled,
    RewindAsked,
    EntityStorageDown,
    CheckpointStoreDown,
    TimeRuns,
    CheckpointAsked,
}

/// <summary>
/// Decides when something goes wrong. A schedule draws which kinds of faults it knows and how often they strike, because faults that hide
/// each other never all show at once. Faults are numbered as they strike, and a run may leave some out: that is how a failure is made smaller.
/// </summary>
internal sealed class Faults
{
    private static readonly int[] Rates = [0, 4, 15, 40, 120];

    private readonly World _world;
    private readonly ulong _kinds;
    private readonly int _rate;
    private readonly int _strokes;
    private readonly IReadOnlySet<int>? _only;
    private int _number;

    public Faults(World world, IReadOnlySet<int>? only)
    {
        _world = world;
        _only = only;
        _kinds = world.Chance.Bits() & (world.Chance.OneIn(2) ? ulong.MaxValue : world.Chance.Bits());
        _rate = Rates[world.Chance.Below(Rates.Length)];
        _strokes = world.Chance.Below(3) * 12;
    }

    /// <summary>False ends all faults, so that everything can become quiet.</summary>
    public bool Active { get; set; } = true;

    /// <summary>Those that struck, by number.</summary>
    public List<int> Struck { get; } = [];

    /// <summary>The kinds that struck.</summary>
    public HashSet<Fault> Kinds { get; } = [];

    /// <summary>True if a request is to go wrong in this way; <paramref name="times"/> makes up for requests that are rare.</summary>
    public bool Strikes(Fault fault, object about, int times = 1) => Active && Knows(fault) && _world.Chance.Below(1000) < _rate * times && Counts(fault, about);

    /// <summary>Something that goes wrong by itself, now and then.</summary>
    public Fault? OutOfTheBlue()
    {
        if (!Active || _strokes == 0 || _world.Chance.Below(1000) >= _strokes)
        {
            return null;
        }

        var fault = Fault.SiloDies + _world.Chance.Below(Fault.CheckpointAsked - Fault.LettersFail);
        return Knows(fault) && Counts(fault, "") ? fault : null;
    }

    private bool Knows(Fault fault) => ((_kinds >> (int)fault) & 1) != 0;

    private bool Counts(Fault fault, object about)
    {
        var number = _number++;
        if (_only is not null && !_only.Contains(number))
        {
            return false;
        }

        Struck.Add(number);
        Kinds.Add(fault);
        _world.Tell("FAULT", number, fault, about);
        return true;
    }
}
