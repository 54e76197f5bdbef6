using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Orleans.Core;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>How questions are answered.</summary>
internal sealed partial class LiveEntity<TFold>
{
    /// <summary>Asks the fold of all events applied so far. The answer must not share anything that later events change.</summary>
    /// <exception cref="DamagedFormatException">The stored state could not be read.</exception>
    public TAnswer Ask<TAnswer>(Func<TFold, TAnswer> question)
    {
        lock (Gate)
        {
            _idleLooks = 0;
            return _damage is null ? question(_state.Fold) : throw new DamagedFormatException(_damage);
        }
    }

    /// <summary>The same, if the entity is here and has events.</summary>
    public bool TryAsk<TAnswer>(Func<TFold, TAnswer> question, [MaybeNullWhen(false)] out TAnswer answer)
    {
        lock (Gate)
        {
            if (!_here || _damage is not null || _state.Fold.IsEmpty)
            {
                answer = default;
                return false;
            }

            answer = Ask(question);
            return true;
        }
    }

    /// <summary>
    /// The same where there may be a twin, which partitions have turned to without this activation being told: an answer holds at least what was stored when
    /// the question came. An activation whose twin has saved fences itself and answers from what is stored.
    /// </summary>
    /// <exception cref="DamagedFormatException">The stored state could not be read.</exception>
    /// <exception cref="Exception">The storage cannot be read, so nobody can tell whether the answer would be an old one.</exception>
    public async ValueTask<TAnswer> AskBesideTwinsAsync<TAnswer>(Func<TFold, TAnswer> question)
    {
        while (true)
        {
            string? etag;
            bool isSaving;
            lock (Gate)
            {
                (etag, isSaving) = (_state.ETag, _isSaving);
            }

            var stored = new GrainState<StoredBytes>(new StoredBytes());
            await _storage.ReadStateAsync(StateName, _id, stored);
            Task saving;
            lock (Gate)
            {
                if (_damage is not null || (!_fenced && (stored.ETag == etag || stored.ETag == _state.ETag)))
                {
                    return Ask(question);
                }

                saving = SavedAsync();
                if (_fenced || (!isSaving && !_isSaving && _state.ETag == etag))
                {
                    StepBack(stored);
                    return Ask(question);
                }
            }

            // What was read may be one of several saves of its own: look again.
            await saving;
        }
    }

    private void StepBack(GrainState<StoredBytes> stored)
    {
        if (!_fenced)
        {
            Fence();
            LogTwin(_id);
        }

        if (stored.RecordExists)
        {
            _state.ReadFrom(stored.State!.Bytes);
        }
    }

    /// <summary>A stored state, not decoded.</summary>
    private sealed class StoredBytes : IStoredState
    {
        public byte[] Bytes { get; private set; } = [];

        public void WriteTo(IBufferWriter<byte> output) => throw new NotSupportedException("only made to be read");

        public void ReadFrom(ReadOnlySpan<byte> stored) => Bytes = stored.ToArray();
    }
}
