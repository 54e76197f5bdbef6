using Orleans.Storage;

namespace OrleansAnalytics.Partitions;

/// <summary>How the entity is saved: one write after the other, each answering all who wait for what it holds.</summary>
internal sealed partial class LiveEntity<TFold>
{
    private ValueTask<FlushAnswer> FlushUnderGate(int partition, long expected)
    {
        var decision = Decide(partition, expected);
        if (decision != FlushDecision.Write)
        {
            return new(AnswerTo(decision, partition));
        }

        // A write under way may already hold what is asked for; if not, the next one will.
        var promise = _waiting = new FlushPromise(partition, expected, _waiting);
        if (!_isSaving)
        {
            BeginSaving();
        }

        return new(promise.Task);
    }

    private FlushDecision Decide(int partition, long expected) =>
        _fenced || _damage is not null ? FlushDecision.Gap : EntityProtocol.OnFlush(State.Applied[partition], _durable[partition], expected);

    private FlushAnswer AnswerTo(FlushDecision decision, int partition) =>
        decision == FlushDecision.Gap ? FlushAnswer.Gap : new FlushAnswer(IsGap: false, _durable[partition]);

    private void BeginSaving()
    {
        _isSaving = true;
        _saving = SaveAsync(BeginWrite());
    }

    /// <summary>Slices may be applied while the write is under way; they are not part of it: the storage takes the bytes within the call.</summary>
    private (Task Done, AppliedPositions Saved) BeginWrite()
    {
        var saved = new AppliedPositions();
        saved.CopyFrom(State.Applied);
        _dirty = false;
        try
        {
            return (_storage.WriteStateAsync(StateName, _id, _stored), saved);
        }
        catch (Exception exception)
        {
            return (Task.FromException(exception), saved);
        }
    }

    /// <summary>Writes until nobody waits for more. What follows a write runs where the store answers: it only notes what is saved now.</summary>
    private async Task SaveAsync((Task Done, AppliedPositions Saved) first)
    {
        for (var write = ((Task Done, AppliedPositions Saved)?)first; write is { } current;)
        {
            Exception? failure = null;
            try
            {
                await current.Done.ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            write = Conclude(current.Saved, failure);
        }
    }

    /// <summary>Answers those who waited for the write, and begins the next one if some wait for more.</summary>
    private (Task Done, AppliedPositions Saved)? Conclude(AppliedPositions saved, Exception? failure)
    {
        FlushPromise? answered = null;
        (Task Done, AppliedPositions Saved)? next = null;
        lock (Gate)
        {
            if (failure is null)
            {
                _durable.CopyFrom(saved);
            }
            else
            {
                // It may or may not have happened, so neither this state nor its ETag can be trusted any more.
                Fence();
                LogNotSaved(failure);
            }

            for (var promise = _waiting; promise is not null; promise = promise.Next)
            {
                var decision = Decide(promise.Partition, promise.Expected);
                promise.Answer = decision == FlushDecision.Write ? null : AnswerTo(decision, promise.Partition);
            }

            (_waiting, answered) = FlushPromise.Part(_waiting);
            _isSaving = _waiting is not null;
            if (_isSaving)
            {
                next = BeginWrite();
            }
            else
            {
                // The task would be kept by every entity that was ever saved.
                _saving = Task.CompletedTask;
            }
        }

        FlushPromise.Keep(answered, failure is InconsistentStateException ? null : failure);
        return next;
    }

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
