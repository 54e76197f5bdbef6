namespace OrleansAnalytics.Tests.Simulation;

/// <summary>Something that can happen next.</summary>
internal abstract class Happening
{
    public abstract void Happen();
}

/// <summary>What one activation, pump or producer has to do: piece by piece, in order, as on the scheduler of a grain. Which actor goes on next, the world decides.</summary>
internal sealed class Actor(World world, string name) : SynchronizationContext
{
    private readonly Queue<(SendOrPostCallback Piece, object? State)> _pieces = new();
    private Turn? _turn;

    /// <summary>True once its silo is dead: whatever it had begun stays as it is.</summary>
    public bool Dead { get; set; }

    public override void Post(SendOrPostCallback d, object? state)
    {
        world.MustBeInside();
        if (Dead)
        {
            return;
        }

        _pieces.Enqueue((d, state));
        if (_pieces.Count == 1)
        {
            world.Add(_turn ??= new Turn(this));
        }
    }

    public void Post(Action piece) => Post(static piece => ((Action)piece!)(), piece);

    public override string ToString() => name;

    private sealed class Turn(Actor actor) : Happening
    {
        public override void Happen()
        {
            if (actor.Dead)
            {
                return;
            }

            actor.World.Tell(actor, "goes on");
            var (piece, state) = actor._pieces.Peek();
            SetSynchronizationContext(actor);
            try
            {
                piece(state);
            }
            finally
            {
                SetSynchronizationContext(null);
            }

            // Only now, so that what this piece has posted finds the actor listed exactly once.
            actor._pieces.Dequeue();
            if (actor._pieces.Count > 0)
            {
                actor.World.Add(this);
            }
        }
    }

    private World World => world;
}
