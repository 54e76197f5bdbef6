namespace OrleansAnalytics.Events;

/// <summary>
/// What one consumer has read ahead of one partition: batches without holes between them, from where a reader is to where the consumer is. All methods are called
/// with <see cref="Gate"/> held.
/// </summary>
/// <param name="maxBytes">How much is read ahead.</param>
internal sealed class KafkaCursor(int maxBytes)
{
    private readonly Queue<LogBatch> _batches = new();
    private TaskCompletionSource? _changed;
    private long _bytes;
    private long _start;
    private long _doubtful = -1;

    /// <summary>Guards everything here.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The offset that the consumer gives next; −1 if it is not reading.</summary>
    public long Next { get; private set; } = -1;

    /// <summary>Counts changes of place of all cursors of the consumer; the value at this one's last.</summary>
    public long Generation { get; private set; }

    /// <summary>The consumer has been told to wait until there is room.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>The consumer has failed here since it last gave something.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>
    /// What the consumer gives belongs to this place. Right after it was sent here, or told to go on, something of its place of before may still come, and looks like a hole: only what follows without
    /// one, or the same hole a second time, settles that.
    /// </summary>
    public bool IsSettled { get; private set; }

    /// <summary>When a reader was here last.</summary>
    public long LastUsed { get; set; }

    /// <summary>Readers that wait here.</summary>
    public int Readers { get; set; }

    /// <summary>True if it holds, or is about to get, what comes first after a position.</summary>
    public bool Serves(long after) => Next >= 0 && _start <= after && KafkaPositions.OffsetAfter(after) <= Next;

    /// <summary>Begins anew.</summary>
    /// <param name="start">The position after which it serves.</param>
    /// <param name="next">Where the consumer begins.</param>
    /// <param name="lost">What is gone of it; null if all is there.</param>
    /// <param name="generation">See <see cref="Generation"/>.</param>
    public void Place(long start, long next, LogBatch? lost, long generation)
    {
        Clear();
        (_start, Next, Generation) = (start, next, generation);
        (IsSettled, _doubtful) = (false, -1);
        if (lost is { } batch)
        {
            _batches.Enqueue(batch);
        }

        Changed();
    }

    /// <summary>
    /// Whether a hole before an offset is to be believed. If not, the consumer is to be sent to <see cref="Next"/> once more: nothing that is between is passed over.
    /// </summary>
    /// <param name="offset">The first offset behind it.</param>
    /// <param name="generation">See <see cref="Generation"/>.</param>
    public bool IsHole(long offset, Func<long> generation)
    {
        if (IsSettled || _doubtful == offset)
        {
            return true;
        }

        (Generation, _doubtful) = (generation(), offset);
        return false;
    }

    /// <summary>The consumer does not read here any more.</summary>
    public void Leave()
    {
        Clear();
        (Next, HasFailed) = (-1, true);
        Changed();
    }

    /// <summary>Takes what the consumer gives; a hole before it holds nothing.</summary>
    /// <param name="offset">Its offset.</param>
    /// <param name="batch">The batch; null for the end of the partition.</param>
    public void Take(long offset, LogBatch? batch)
    {
        HasFailed = false;
        IsSettled |= batch is not null;
        if (offset > Next)
        {
            _batches.Enqueue(KafkaPositions.Nothing(Next, offset));
        }

        if (batch is { } found)
        {
            _batches.Enqueue(found);
            _bytes += found.Bytes.Length;
        }

        Next = batch is null ? offset : offset + 1;
        Changed();
    }

    /// <summary>Hands out what is there after a position; null if nothing is, yet.</summary>
    public List<LogBatch>? Read(long after, int most)
    {
        while (_batches.TryPeek(out var old) && old.LastPosition <= after)
        {
            Drop();
        }

        List<LogBatch>? found = null;
        var bytes = 0L;
        while (_batches.TryPeek(out var batch) && (found is null || bytes + batch.Bytes.Length <= most))
        {
            bytes += batch.Bytes.Length;
            (found ??= []).Add(batch);
            Drop();
        }

        return found;
    }

    /// <summary>True, once, if the consumer is to wait.</summary>
    public bool BecomesFull() => !IsPaused && (IsPaused = _bytes >= maxBytes);

    /// <summary>True, once, if the consumer is to go on.</summary>
    public bool BecomesFree()
    {
        var isFree = IsPaused && _bytes <= maxBytes / 2;
        IsPaused &= !isFree;
        IsSettled &= !isFree;
        return isFree;
    }

    /// <summary>Completes at the next change.</summary>
    public Task NextChange() => (_changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>Wakes those who wait.</summary>
    public void Changed()
    {
        _changed?.TrySetResult();
        _changed = null;
    }

    private void Drop()
    {
        var batch = _batches.Dequeue();
        _bytes -= batch.Bytes.Length;
        _start = batch.LastPosition;
    }

    private void Clear()
    {
        _batches.Clear();
        (_bytes, IsPaused) = (0, false);
    }
}
