using Orleans.Storage;

namespace OrleansAnalytics.Partitions;

/// <summary>How the entity is saved: one write after the other, each answering all who wait for what it holds.</summary>
internal sealed partial class LiveEntity<TFold>
{
    /// <summary>See <see cref="IEntityGrain.FlushAsync"/>.</summary>
    public ValueTask<FlushAnswer> FlushAsync(int partition, long expected)
    {
        var request = new SingleFlush(partition, expected);
        bool isAnswered;
        lock (Gate)
        {
            isAnswered = FlushUnderGate(request);
        }

        if (isAnswered)
        {
            request.Complete(null);
        }

        return new(request.Task);
    }

    /// <inheritdoc/>
    public override bool TryFlush(FlushRequest request)
    {
        bool isAnswered;
        lock (Gate)
        {
            if (!_here)
            {
                return false;
            }

            isAnswered = FlushUnderGate(request);
        }

        // Not under the gate: what follows an answer may run within the call.
        if (isAnswered)
        {
            request.Complete(null);
        }

        return true;
    }

    /// <returns>True if the request has its answer; false if it waits for a write.</returns>
    private bool FlushUnderGate(FlushRequest request)
    {
        var decision = Decide(request);
        if (decision != FlushDecision.Write)
        {
            request.Said = AnswerTo(decision, request.Partition);
            return true;
        }

        // A write under way may already hold what is asked for; if not, the next one will.
        (request.Next, _waiting) = (_waiting, request);
        if (!_isSaving)
        {
            BeginSaving();
        }

        return false;
    }

    private FlushDecision Decide(FlushRequest request) => _fenced || _damage is not null
        ? FlushDecision.Gap
        : EntityProtocol.OnFlush(_state.Applied[request.Partition], _state.Applied.Saved(request.Partition), request.Expected);

    private FlushAnswer AnswerTo(FlushDecision decision, int partition) =>
        decision == FlushDecision.Gap ? FlushAnswer.Gap : new FlushAnswer(IsGap: false, _state.Applied.Saved(partition));

    private void BeginSaving()
    {
        _isSaving = true;
        BeginWrite();
    }

    /// <summary>Slices may be applied while the write is under way; they are not part of it: the storage takes the bytes within the call.</summary>
    private void BeginWrite()
    {
        _state.Applied.BeginSave();
        _dirty = false;
        _storage.Write(StateName, _id, _state, this);
    }

    /// <summary>
    /// Answers those who waited for the write, and begins the next one if some wait for more. What follows an answer runs where the store tells of the write:
    /// it only notes what is saved now.
    /// </summary>
    public void OnWritten(Exception? failure)
    {
        FlushRequest? answered;
        TaskCompletionSource? saved = null;
        lock (Gate)
        {
            if (failure is null)
            {
                _state.Applied.EndSave();
            }
            else
            {
                // It may or may not have happened, so neither this state nor its ETag can be trusted any more.
                Fence();
                LogNotSaved(failure);
            }

            for (var request = _waiting; request is not null; request = request.Next)
            {
                var decision = Decide(request);
                request.Said = decision == FlushDecision.Write ? null : AnswerTo(decision, request.Partition);
            }

            (_waiting, answered) = FlushRequest.Part(_waiting);
            _isSaving = _waiting is not null;
            if (_isSaving)
            {
                BeginWrite();
            }
            else
            {
                (saved, _saved) = (_saved, null);
            }
        }

        FlushRequest.Complete(answered, failure is InconsistentStateException ? null : failure);
        saved?.SetResult();
    }

    /// <inheritdoc/>
    void IWriteObserver.Fetch(int step)
    {
        if (step == 0)
        {
            _state.Applied.Fetch();
        }
        else
        {
            Ahead.Fetch(_waiting, lines: 3);
        }
    }

    /// <summary>Completes once no save is under way; never fails. Called under the gate.</summary>
    private Task SavedAsync() => _isSaving ? (_saved ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;

    private void LogNotSaved(Exception failure)
    {
        if (failure is InconsistentStateException)
        {
            LogLostOwnership(_id, failure);
        }
        else if (_waiting is null)
        {
            LogLastSaveFailed(_id, failure);
        }
    }
}
