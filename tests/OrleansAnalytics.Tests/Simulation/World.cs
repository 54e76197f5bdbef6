using System.Globalization;
using System.Text;
using OrleansAnalytics.Tests.Simulation.Bugs;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>
/// A whole cluster on one thread: real pumps and real entity grains, and around them a simulated log, stores, silos, network and clock. One seed decides
/// what happens next at every step, and what goes wrong.
/// </summary>
internal sealed class World
{
    private const int MostStepsToQuiet = 20_000;
    private const int AskOneIn = 24;

    private readonly List<Happening> _ready = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly StringBuilder? _story;
    private readonly List<Producer> _producers = [];
    private string? _failure;

    public World(ulong seed, Bug bug, IReadOnlySet<int>? onlyFaults = null, bool tell = false)
    {
        _story = tell ? new StringBuilder() : null;
        Bug = bug;
        Chance = new Chance(seed);
        Faults = new Faults(this, onlyFaults);
        Truth = new Truth(this);
        Log = new SimulatedLog(this);
        Entities = new EntityRecords(this);
        Checkpoints = new CheckpointRecords(this);
        Letters = new SimulatedDeadLetters(this);
        Cluster = new Cluster(this);
    }

    public Bug Bug { get; }

    public Chance Chance { get; }

    public VirtualTime Time { get; } = new();

    public Faults Faults { get; }

    public Truth Truth { get; }

    public SimulatedLog Log { get; }

    public EntityRecords Entities { get; }

    public CheckpointRecords Checkpoints { get; }

    public SimulatedDeadLetters Letters { get; }

    public Cluster Cluster { get; }

    public int Steps { get; private set; }

    public string Story => _story?.ToString() ?? "";

    /// <summary>Runs the schedule to its end.</summary>
    /// <returns>What was wrong, or null.</returns>
    public string? Run()
    {
        for (var i = 0; i < Truth.Producers; i++)
        {
            _producers.Add(new Producer(this, i));
        }

        for (var left = Chance.Below(700); left > 0 && _failure is null && Step(); left--)
        {
            // Faults may strike.
        }

        Tell("Faults end here.");
        Faults.Active = false;
        Entities.Down = Checkpoints.Down = false;
        var last = Steps + MostStepsToQuiet;
        while (_failure is null && !IsQuiet())
        {
            if (!Step() || Steps > last)
            {
                Fail($"it does not become quiet: {Cluster.Describe()}");
            }
        }

        if (_failure is null)
        {
            Truth.CheckQuiet();
        }

        return _failure;
    }

    public void Add(Happening happening) => _ready.Add(happening);

    /// <summary>Something that happens at a time of its own choosing.</summary>
    public void Later(string what, object about, Action happens) => _ready.Add(new Event(this, what, about, happens, Chance.OneIn(6) ? Chance.Below(24) : 0));

    /// <summary>
    /// A request to something outside of the silo: it arrives after a while, takes effect, and is answered after a while; or it fails without effect; or it is
    /// answered by a failure although it took effect, or will take effect later. What a dead silo had asked for may be done or not.
    /// </summary>
    public Task<T> Request<T>(string what, object about, Silo? from, Fault fails, Fault unclear, bool down, Func<T> effect)
    {
        var answer = new TaskCompletionSource<T>();
        if (down || Faults.Strikes(fails, about))
        {
            Later(what + " fails", about, () => answer.TrySetException(new IOException(what + " failed")));
            return answer.Task;
        }

        if (fails != unclear && Faults.Strikes(unclear, about))
        {
            if (Chance.OneIn(2))
            {
                Later(what + " is given up", about, () => answer.TrySetException(new TimeoutException(what + " took too long")));
                Later(what + " takes effect after all", about, () => Try(effect));
            }
            else
            {
                Later(what + " takes effect", about, () =>
                {
                    Try(effect);
                    Later(what + " has no answer", about, () => answer.TrySetException(new TimeoutException(what + " has no answer")));
                });
            }

            return answer.Task;
        }

        Later(what, about, () =>
        {
            if (from is { Dead: true } && Chance.OneIn(2))
            {
                return;
            }

            try
            {
                var result = effect();
                Later("answer to " + what, about, () => answer.TrySetResult(result));
            }
            catch (Exception exception)
            {
                Later("refusal of " + what, about, () => answer.TrySetException(exception));
            }
        });
        return answer.Task;
    }

    /// <summary>Takes down what is wrong; the first one counts. Not thrown, because a pump takes every exception for a reason to go back.</summary>
    public void Fail(string what)
    {
        if (_failure is null)
        {
            _failure = what;
            Tell("WRONG:", what);
        }
    }

    /// <summary>Fails if code of the protocol has escaped to another thread, where no seed can decide what happens next.</summary>
    public void MustBeInside()
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException("the simulation is left: something ran on another thread");
        }
    }

    public void Tell(params ReadOnlySpan<object> words)
    {
        if (_story is null)
        {
            return;
        }

        _story.Append(CultureInfo.InvariantCulture, $"{Steps,5} {Time.Elapsed.TotalSeconds,7:F2}s ");
        foreach (var word in words)
        {
            _story.Append(' ').Append(word);
        }

        _story.AppendLine();
    }

    /// <summary>False if there was nothing to do, and will not be.</summary>
    private bool Step()
    {
        Steps++;
        if (Faults.OutOfTheBlue() is { } fault)
        {
            Cluster.Strike(fault);
        }

        if (Chance.OneIn(AskOneIn))
        {
            Cluster.Ask();
        }

        if (_ready.Count > 0)
        {
            var index = Chance.Below(_ready.Count);
            var happening = _ready[index];
            _ready[index] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            happening.Happen();
        }
        else if (!Cluster.Watch() && !Time.Advance())
        {
            return false;
        }

        Truth.CheckStep();
        return true;
    }

    private bool IsQuiet() => _producers.TrueForAll(producer => producer.Done) && Cluster.IsQuiet();

    private static void Try<T>(Func<T> effect)
    {
        try
        {
            effect();
        }
        catch (Exception)
        {
            // Refused, and nobody is told.
        }
    }

    private sealed class Event(World world, string what, object about, Action happens, int passedOver) : Happening
    {
        private int _passedOver = passedOver;

        public override void Happen()
        {
            if (_passedOver-- > 0)
            {
                world.Add(this);
            }
            else
            {
                world.Tell(what, about);
                happens();
            }
        }
    }
}
