using System.Threading.Channels;

namespace OrleansAnalytics.Partitions;

/// <summary>What a group commit does with one kind of request. Called by the committer's thread only.</summary>
internal interface ICommitTarget<TRequest, in TBatch>
{
    /// <summary>A group begins.</summary>
    void Begin();

    /// <summary>Adds a request to the group's batch, or decides it otherwise. An exception fails this request alone; nothing may have been added then.</summary>
    Staging Stage(TRequest request, TBatch batch);

    /// <summary>The group is durable.</summary>
    void Committed(List<TRequest> group);

    /// <summary>The write failed; it may or may not have happened.</summary>
    void Failed(List<TRequest> group, Exception exception);

    /// <summary>One request failed before the write, or came too late.</summary>
    void Refused(TRequest request, Exception exception);
}

/// <summary>What staging did with a request.</summary>
internal enum Staging : byte
{
    /// <summary>It is in the batch.</summary>
    Staged = 0,

    /// <summary>It is answered already and not in the batch.</summary>
    Answered = 1,

    /// <summary>It must see what this group writes, or does not fit: it begins the next group. Not allowed for the first of a group.</summary>
    NextGroup = 2,
}

/// <summary>The batch that a group commit fills again and again.</summary>
/// <param name="Batch">The batch; disposed of at the end if it can be.</param>
/// <param name="Bytes">How much is in it.</param>
/// <param name="Clear">Empties it.</param>
/// <param name="Write">Writes it durably, all or nothing.</param>
internal sealed record CommitBatch<TBatch>(TBatch Batch, Func<TBatch, int> Bytes, Action<TBatch> Clear, Action<TBatch> Write);

/// <summary>
/// Turns many small writes into few synced ones: a single thread takes what waits, up to a limit, writes it as one batch with one sync, and answers all.
/// While it syncs, the next group gathers by itself, so no delay is ever waited for. Being alone, it can also check preconditions without a race.
/// </summary>
internal sealed class GroupCommitter<TRequest, TBatch> : IDisposable
    where TRequest : class
    where TBatch : class
{
    private readonly Channel<TRequest> _queue;
    private readonly ICommitTarget<TRequest, TBatch> _target;
    private readonly CommitBatch<TBatch> _batch;
    private readonly Thread _thread;
    private readonly int _maxBytes;
    private readonly List<TRequest> _group = [];
    private TRequest? _heldOver;
    private long _groups;

    /// <summary>Starts the thread.</summary>
    /// <param name="name">The thread's name.</param>
    /// <param name="maxQueued">Requests that may wait; further ones wait in <see cref="EnqueueAsync"/>.</param>
    /// <param name="maxBytes">Bytes of a batch from which on it takes no more requests.</param>
    /// <param name="target">What to do with requests.</param>
    /// <param name="batch">Takes the writes of a group.</param>
    public GroupCommitter(string name, int maxQueued, int maxBytes, ICommitTarget<TRequest, TBatch> target, CommitBatch<TBatch> batch)
    {
        _target = target;
        _batch = batch;
        _maxBytes = maxBytes;
        _queue = Channel.CreateBounded<TRequest>(new BoundedChannelOptions(maxQueued) { SingleReader = true });
        _thread = new Thread(Run) { Name = name, IsBackground = true };
        _thread.Start();
    }

    /// <summary>Groups written so far.</summary>
    public long Groups => Volatile.Read(ref _groups);

    /// <summary>Queues a request without waiting; false if the queue is full or closed.</summary>
    public bool TryEnqueue(TRequest request) => _queue.Writer.TryWrite(request);

    /// <summary>Queues a request, waiting for room.</summary>
    /// <exception cref="ChannelClosedException">The committer is closed.</exception>
    public ValueTask EnqueueAsync(TRequest request, CancellationToken cancellationToken) => _queue.Writer.WriteAsync(request, cancellationToken);

    /// <summary>Takes no more requests, finishes those that wait, and ends the thread.</summary>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _thread.Join();
    }

    private void Run()
    {
        using var disposable = _batch.Batch as IDisposable;
        while (_heldOver is not null || WaitForRequests())
        {
            _batch.Clear(_batch.Batch);
            _group.Clear();
            _target.Begin();
            Gather();
            if (_group.Count > 0)
            {
                Commit();
            }
        }
    }

    private bool WaitForRequests()
    {
        // The thread is our own, so it may block.
        var waiting = _queue.Reader.WaitToReadAsync();
        return waiting.IsCompletedSuccessfully ? waiting.Result : waiting.AsTask().GetAwaiter().GetResult();
    }

    private void Gather()
    {
        while (_group.Count == 0 || _batch.Bytes(_batch.Batch) < _maxBytes)
        {
            var request = _heldOver;
            _heldOver = null;
            if (request is null && !_queue.Reader.TryRead(out request))
            {
                return;
            }

            try
            {
                var staging = _target.Stage(request, _batch.Batch);
                if (staging == Staging.Staged)
                {
                    _group.Add(request);
                }
                else if (staging == Staging.NextGroup)
                {
                    _heldOver = request;
                    return;
                }
            }
            catch (Exception exception)
            {
                _target.Refused(request, exception);
            }
        }
    }

    private void Commit()
    {
        try
        {
            _batch.Write(_batch.Batch);
        }
        catch (Exception exception)
        {
            _target.Failed(_group, exception);
            return;
        }

        Interlocked.Increment(ref _groups);
        _target.Committed(_group);
    }
}
