using System.Runtime.InteropServices;
using System.Text.Json;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// One chunk's way: decode → operators → lanes → slices → acknowledged by every entity. Throws <see cref="RewindException"/> on any doubt.
/// </summary>
public sealed class ChunkDelivery(
    int partition,
    PartitionOperators operators,
    DirtyTable dirty,
    PoisonList poison,
    IEntityChannel channel,
    IDeadLetterStore deadLetters,
    PartitionOptions options,
    FairTurns? turns = null)
{
    // Some milliseconds: questions and the saves of a checkpoint wait for no more than this.
    private const int EntriesOfATurn = 1024;

    private readonly EventTexts _texts = new(options.CachedTexts);
    private readonly List<LogEntry> _entries = [];
    private readonly List<DeadLetter> _letters = [];
    private readonly List<EntityLane> _touched = [];
    private readonly WaitingEvents _waiting = new();
    private readonly List<EntityDelivery> _others = [];
    private readonly List<EntityDelivery> _troubled = [];
    private IReadOnlyList<LogBatch> _chunk = [];

    /// <summary>What could not be read or delivered in the last chunk, in words; null if all could.</summary>
    public string? Damage { get; private set; }

    /// <summary>Delivers all entries of <paramref name="batches"/> after the operators' position; afterwards the operators stand at the chunk's end and every entity has its events.</summary>
    public async ValueTask DeliverAsync(IReadOnlyList<LogBatch> batches, CancellationToken cancellationToken)
    {
        // A chunk that failed before it was sent leaves lanes of a table that is no more.
        _others.Clear();
        _troubled.Clear();
        _letters.Clear();
        _touched.Clear();
        _waiting.Clear();
        Damage = null;
        _chunk = batches;
        var processed = 0;
        foreach (var batch in batches)
        {
            Process(batch);
            if ((processed += batch.Count) >= EntriesOfATurn)
            {
                processed = 0;
                await EndTurnAsync();
            }
        }

        if (_letters.Count > 0)
        {
            await deadLetters.PutAsync(_letters.ToArray(), cancellationToken);
        }

        await SendAsync(cancellationToken);
        _waiting.Clear();
        _touched.Clear();
        _chunk = [];
    }

    /// <summary>Ends a turn; completes when the next one has come.</summary>
    private async ValueTask EndTurnAsync()
    {
        await Task.Yield();
        while (turns?.OthersFirst() is { } others)
        {
            await others;
        }
    }

    private void Process(LogBatch batch)
    {
        _entries.Clear();
        try
        {
            EventBatchReader.Read(batch, operators.Position, _texts, _entries);
        }
        catch (DamagedFormatException exception)
        {
            // Nothing in it can be read; the batches around it can. It is reported, and the log keeps it.
            Damage = DamagedPositions.Of(batch, exception);
            _letters.Add(Letter(batch.FirstPosition, RejectReason.Damaged, Damage, batch.AppendedMs) with { Entity = DamagedPositions.Entity });
            operators.SkipTo(batch.LastPosition);
            return;
        }

        var entries = CollectionsMarshal.AsSpan(_entries);
        var outcomes = operators.Process(entries, SetAside);
        for (var i = 0; i < entries.Length; i++)
        {
            Ahead.Lanes(entries[i..]);
            Process(entries[i], outcomes[i]);
        }

        operators.MoveTo(batch.LastPosition);
    }

    private void Process(in LogEntry entry, EntryOutcome outcome)
    {
        if (outcome == EntryOutcome.Accepted)
        {
            Route(entry.Position, entry.Event!, entry.Texts);
        }
        else if (outcome == EntryOutcome.Rejected)
        {
            var rejection = entry.Rejection!;
            _letters.Add(Letter(entry.Position, rejection.Reason, rejection.Detail, rejection.ReceivedMs) with { Source = rejection.Source, Raw = rejection.Raw, Form = rejection.Form });
        }
    }

    private void SetAside(in LogEntry entry, Exception defect) =>
        _letters.Add(Letter(entry.Position, RejectReason.Poison, defect.Message, AppendedMs(entry.Position)) with { Entity = "operators", Raw = Describe(entry.Event) });

    private void Route(long position, ShopEvent shopEvent, in EntityTexts texts)
    {
        _waiting.Add(position, shopEvent);
        Enqueue(EntityKind.User, texts.User!, position);
        if (shopEvent.Kind == EventKind.Page)
        {
            Enqueue(EntityKind.Page, texts.Url, position);
            return;
        }

        Enqueue(EntityKind.Product, texts.Product, position);
        Enqueue(EntityKind.Category, texts.Category, position);
        Enqueue(EntityKind.Brand, texts.Brand, position);
    }

    private void Enqueue(EntityKind kind, KnownText? text, long position)
    {
        if (text is null || poison.Contains(new EntityKey(kind, text.Text), position))
        {
            return;
        }

        var lane = dirty.Lane(kind, text);
        if (!lane.HasPending)
        {
            _touched.Add(lane);
        }

        _waiting.Wait(lane);
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        // In groups, so that slices live for a moment only: garbage collection is cheap for what dies young.
        for (var sent = 0; sent < _touched.Count; sent += options.MaxSlicesInFlight)
        {
            Send(CollectionsMarshal.AsSpan(_touched)[sent..Math.Min(_touched.Count, sent + options.MaxSlicesInFlight)]);

            // What is for others waits until it is worth a message, or there is no more.
            if (_others.Count >= options.MaxSlicesInFlight || (_others.Count > 0 && sent + options.MaxSlicesInFlight >= _touched.Count))
            {
                await channel.DeliverAsync(_others, options.MaxSlicesInFlight);
                await TakeAnswersAsync(_others, cancellationToken);
                _others.Clear();
            }

            if (_troubled.Count > 0)
            {
                await TakeAnswersAsync(_troubled, cancellationToken);
                _troubled.Clear();
            }

            // Entities on this silo were updated without waiting for anything: now it is the turn of questions, and of the checkpoint under way.
            await EndTurnAsync();
        }
    }

    /// <summary>Updates the entities that can be updated at once, and leaves the deliveries to the others.</summary>
    private void Send(ReadOnlySpan<EntityLane> lanes)
    {
        for (var i = 0; i < lanes.Length; i++)
        {
            Ahead.Entities(lanes[i..]);
            _waiting.FetchAhead(lanes[i..]);
            var lane = lanes[i];
            var events = _waiting.Take(lane);
            var after = lane.Send(events[0].Position, events[^1].Position);
            if (!channel.TryApply(lane, partition, after, events, out var answer))
            {
                _others.Add(new EntityDelivery(lane, new Slice(partition, after, events.ToArray())));
            }
            else if (answer.Outcome == SliceOutcome.Applied)
            {
                lane.Acknowledge();
            }
            else
            {
                _troubled.Add(new EntityDelivery(lane, new Slice(partition, after, events.ToArray())) { Answer = answer });
            }
        }
    }

    private async ValueTask TakeAnswersAsync(List<EntityDelivery> deliveries, CancellationToken cancellationToken)
    {
        EntityDelivery? poisoned = null;
        foreach (var delivery in deliveries)
        {
            switch (delivery.Answer.Outcome)
            {
                case SliceOutcome.Applied:
                    delivery.Lane.Acknowledge();
                    break;
                case SliceOutcome.Poison:
                    poisoned ??= delivery;
                    break;
                case SliceOutcome.Damaged:
                    await ReportDamagedAsync(delivery, cancellationToken);
                    break;
                default:
                    throw new RewindException($"{delivery.Lane.Key} lacks events before {delivery.Slice.Through}");
            }
        }

        if (poisoned is not null)
        {
            await SetAsideAsync(poisoned, cancellationToken);
        }
    }

    /// <summary>The stored state of an entity cannot be read: its events are reported one by one, and everyone else goes on.</summary>
    private async ValueTask ReportDamagedAsync(EntityDelivery delivery, CancellationToken cancellationToken)
    {
        var entity = delivery.Lane.Key.ToString();
        Damage = $"{entity}: {delivery.Answer.Detail}";
        var letters = delivery.Slice.Events.Select(one =>
            Letter(one.Position, RejectReason.Damaged, delivery.Answer.Detail, AppendedMs(one.Position)) with { Entity = entity, Raw = Describe(one.Event) });
        await deadLetters.PutAsync([.. letters], cancellationToken);
        dirty.Drop(delivery.Lane);
    }

    private async ValueTask SetAsideAsync(EntityDelivery poisoned, CancellationToken cancellationToken)
    {
        var position = poisoned.Answer.PoisonPosition;
        var shopEvent = poisoned.Slice.Events.First(one => one.Position == position).Event;
        var letter = Letter(position, RejectReason.Poison, poisoned.Answer.Detail, AppendedMs(position)) with { Entity = poisoned.Lane.Key.ToString(), Raw = Describe(shopEvent) };
        await deadLetters.PutAsync([letter], cancellationToken);
        throw new RewindException($"{poisoned.Lane.Key} cannot fold the event at {position}; it is in the dead letters");
    }

    private long AppendedMs(long position) => _chunk.Last(batch => batch.FirstPosition <= position).AppendedMs;

    private DeadLetter Letter(long position, RejectReason reason, string? detail, long receivedMs) => new()
    {
        Partition = partition,
        Position = position,
        Reason = reason,
        Detail = detail,
        Source = "log",
        ReceivedMs = receivedMs,
        Raw = default,
    };

    private static ReadOnlyMemory<byte> Describe(ShopEvent? shopEvent) => shopEvent is null ? default : JsonSerializer.SerializeToUtf8Bytes(shopEvent);
}
