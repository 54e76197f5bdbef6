using OrleansAnalytics.Events;

namespace OrleansAnalytics.Ingest;

/// <summary>
/// Takes the records of one source in order. Adding is synchronous; whoever adds calls <see cref="MakeRoomAsync"/> now and then and
/// <see cref="FlushAsync"/> at the end. While one round of batches is being appended, the next is gathered. Not safe for concurrent use.
/// </summary>
public sealed class IngestSession : IDisposable
{
    private const int ClockEvery = 1024;

    private readonly EventDoor _door;
    private readonly string _source;
    private readonly long _firstRecordNumber;
    private readonly int _partitions;
    private readonly PendingBatch?[] _pending;
    private readonly List<RejectedRecord> _rejected = [];
    private Task _inFlight = Task.CompletedTask;
    private long _received;
    private long _appended;
    private long _rejectedTotal;
    private long _nowMs;
    private int _pendingRecords;
    private int _pendingBytes;
    private int _pieces;
    private long _through;

    internal IngestSession(EventDoor door, string source, long firstRecordNumber)
    {
        _door = door;
        _source = source;
        _firstRecordNumber = firstRecordNumber;
        _partitions = door.Log.PartitionCount;
        _pending = new PendingBatch?[_partitions];
    }

    /// <summary>The limits.</summary>
    public IngestOptions Options => _door.Options;

    /// <summary>How the raw records of the source are written; kept with what is rejected.</summary>
    public RawForm Form { get; set; }

    /// <summary>True if it is time for <see cref="MakeRoomAsync"/>.</summary>
    public bool IsFull => IsRoundFull || _pendingBytes >= _pieces * DoorRoom.PieceBytes;

    /// <summary>What became of the records so far.</summary>
    public IngestResult Result =>
        new(_received, Interlocked.Read(ref _appended), Interlocked.Read(ref _rejectedTotal), [.. _rejected], Interlocked.Read(ref _through));

    private bool IsRoundFull => _pendingRecords >= Options.AppendBatchEvents || _pendingBytes >= Options.AppendBatchBytes;

    /// <summary>Validates the next record and takes it as an event or as a rejection. Copies what it needs of the draft.</summary>
    /// <returns>Why it was rejected, or null.</returns>
    public RejectReason? Add(EventDraft draft)
    {
        ReadClock();
        if (EventValidation.Check(draft, Options, _nowMs) is { } reason)
        {
            var told = draft.RawAsJson?.Invoke(draft.Raw);
            Reject(reason, told ?? draft.Raw.Span, draft.Detail, told is null ? Form : new RawForm(RawKind.Json));
            return reason;
        }

        var batch = Pending(PartitionRouter.PartitionOf(draft.UserId.Span, _partitions));
        var before = batch.Writer.ByteCount;
        batch.Writer.Add(draft);
        batch.Events++;
        Took(batch.Writer.ByteCount - before);
        return null;
    }

    /// <summary>Takes the next record as a rejection.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="raw">The record as it came; cut at the limit.</param>
    /// <param name="detail">More of why, in words.</param>
    /// <param name="isCut">True if <paramref name="raw"/> is only its beginning.</param>
    public void Reject(RejectReason reason, ReadOnlySpan<byte> raw, string? detail = null, bool isCut = false) => Reject(reason, raw, detail, Form with { IsCut = isCut });

    /// <summary>
    /// If the session is full, takes more of the door's room; if there is none, or enough is gathered, waits for the previous round of appends, starts
    /// the next, and waits for room with nothing gathered. Else does nothing.
    /// </summary>
    /// <exception cref="EventLogUnavailableException">The log did not take a batch: the session is over; send the same records again.</exception>
    public ValueTask MakeRoomAsync(CancellationToken cancellationToken = default) =>
        TryGrow() ? ValueTask.CompletedTask : new ValueTask(WaitForRoomAsync(cancellationToken));

    /// <summary>Completes when the log has acknowledged every record taken so far.</summary>
    /// <exception cref="EventLogUnavailableException">The log did not take a batch: the session is over; send the same records again.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        await AppendAsync(cancellationToken);
        await _inFlight;
    }

    /// <summary>Gives the buffers back. What was not flushed is not appended.</summary>
    public void Dispose()
    {
        for (var partition = 0; partition < _partitions; partition++)
        {
            if (_pending[partition] is { } batch)
            {
                _door.ReturnWriter(batch.Writer);
                _pending[partition] = null;
            }
        }

        _door.Room.GiveBack(_pieces);
        _pieces = 0;
    }

    private void Reject(RejectReason reason, ReadOnlySpan<byte> raw, string? detail, RawForm form)
    {
        ReadClock();
        var number = _firstRecordNumber + _received;
        var kept = raw[..Math.Min(raw.Length, Options.MaxDeadLetterBytes)];
        var id = EventIds.ForRejection(_source, number, kept);
        if (_rejected.Count < Options.MaxRejectionsListed)
        {
            _rejected.Add(new RejectedRecord(_received, reason));
        }

        var batch = Pending(PartitionRouter.PartitionOf(id, _partitions));
        var before = batch.Writer.ByteCount;
        batch.Writer.AddRejection(new Rejection(id, reason, $"{_source}:{number}", _nowMs, kept.ToArray(), detail, form with { IsCut = form.IsCut || kept.Length < raw.Length }));
        Took(batch.Writer.ByteCount - before);
    }

    /// <summary>True if the session is not full, or is not any more.</summary>
    private bool TryGrow()
    {
        while (IsFull)
        {
            if (IsRoundFull || !_door.Room.TryTake())
            {
                return false;
            }

            _pieces++;
        }

        return true;
    }

    private async Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        await AppendAsync(cancellationToken);
        if (!TryGrow())
        {
            await _door.Room.TakeAsync(cancellationToken);
            _pieces++;
        }
    }

    private void ReadClock()
    {
        if (_received % ClockEvery == 0 || _pendingRecords == 0)
        {
            _nowMs = _door.Time.GetUtcNow().ToUnixTimeMilliseconds();
        }
    }

    private PendingBatch Pending(int partition) => _pending[partition] ??= new PendingBatch(_door.RentWriter());

    private void Took(int bytes)
    {
        _received++;
        _pendingRecords++;
        _pendingBytes += bytes;
    }

    private async Task AppendAsync(CancellationToken cancellationToken)
    {
        // One round at a time keeps each partition in the order of the source.
        await _inFlight;
        if (_pendingRecords == 0)
        {
            return;
        }

        var appends = new List<Task>(_partitions);
        for (var partition = 0; partition < _partitions; partition++)
        {
            if (_pending[partition] is { Writer.Count: > 0 } batch)
            {
                appends.Add(AppendAsync(partition, batch.Writer.Build(), batch.Events, cancellationToken));
                batch.Writer.Reset();
                batch.Events = 0;
            }
        }

        _inFlight = FinishAsync(Task.WhenAll(appends), _pieces, _received);
        _pendingRecords = 0;
        _pendingBytes = 0;
        _pieces = 0;
    }

    private async Task FinishAsync(Task appends, int pieces, long through)
    {
        try
        {
            await appends;
            Interlocked.Exchange(ref _through, through);
        }
        finally
        {
            _door.Room.GiveBack(pieces);
        }
    }

    private async Task AppendAsync(int partition, EncodedBatch batch, int events, CancellationToken cancellationToken)
    {
        await _door.Log.AppendAsync(partition, batch, cancellationToken);
        Interlocked.Add(ref _appended, events);
        Interlocked.Add(ref _rejectedTotal, batch.Count - events);
    }

    private sealed class PendingBatch(EventBatchWriter writer)
    {
        public EventBatchWriter Writer { get; } = writer;

        public int Events { get; set; }
    }
}
