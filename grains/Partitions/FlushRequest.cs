namespace OrleansAnalytics.Partitions;

/// <summary>A flush on its way to an entity. It is in a list of those that wait for the same entity's next write, so that waiting costs nothing more.</summary>
public abstract class FlushRequest
{
    private const long Open = -1;
    private const long Gap = -2;

    // The answer in eight bytes: there are as many flushes as entities that wait to be saved.
    private long _said = Open;

    /// <summary>The asking partition.</summary>
    public int Partition { get; private set; }

    /// <summary>The last position that the partition knows the entity to have applied: having less is a gap.</summary>
    public long Expected { get; private set; }

    /// <summary>Asks, once the flush before, if there was one, has its answer.</summary>
    /// <param name="partition">See <see cref="Partition"/>.</param>
    /// <param name="expected">See <see cref="Expected"/>.</param>
    internal void Ask(int partition, long expected) => (Partition, Expected, Said, Next) = (partition, expected, null, null);

    /// <summary>What the entity says; null while that is open.</summary>
    internal FlushAnswer? Said
    {
        get => _said switch { Open => null, Gap => FlushAnswer.Gap, var durable => new FlushAnswer(IsGap: false, durable) };
        set => _said = value switch { null => Open, { IsGap: true } => Gap, { Durable: var durable } => durable };
    }

    /// <summary>The rest of the list that it is in.</summary>
    internal FlushRequest? Next { get; set; }

    /// <summary>The answer is there, or the save failed.</summary>
    internal abstract void Complete(Exception? failure);

    /// <summary>Parts a list into the requests that are still open and those that have an answer.</summary>
    internal static (FlushRequest? Open, FlushRequest? Answered) Part(FlushRequest? list)
    {
        (FlushRequest? open, FlushRequest? answered) = (null, null);
        while (list is not null)
        {
            var request = list;
            list = request.Next;
            if (request.Said is null)
            {
                (request.Next, open) = (open, request);
            }
            else
            {
                (request.Next, answered) = (answered, request);
            }
        }

        return (open, answered);
    }

    /// <summary>Gives everyone in the list their answer, or all the same failure.</summary>
    internal static void Complete(FlushRequest? list, Exception? failure)
    {
        while (list is not null)
        {
            // What follows an answer may forget the request.
            var request = list;
            list = request.Next;
            request.Next = null;
            request.Complete(failure);
        }
    }
}

/// <summary>A flush that somebody waits for by itself.</summary>
internal sealed class SingleFlush : FlushRequest
{
    private readonly TaskCompletionSource<FlushAnswer> _done = new();

    /// <summary>A flush that asks already.</summary>
    /// <param name="partition">See <see cref="FlushRequest.Partition"/>.</param>
    /// <param name="expected">See <see cref="FlushRequest.Expected"/>.</param>
    public SingleFlush(int partition, long expected) => Ask(partition, expected);

    /// <summary>Completes with the answer.</summary>
    public Task<FlushAnswer> Task => _done.Task;

    /// <inheritdoc/>
    internal override void Complete(Exception? failure)
    {
        if (failure is null)
        {
            _done.SetResult(Said!.Value);
        }
        else
        {
            _done.SetException(failure);
        }
    }
}
