using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class ChunkDeliveryTests
{
    private static readonly ShopEvent Event = new()
    {
        Id = new EventId(1, 1),
        TimeMs = 1_570_000_000_000,
        Kind = EventKind.View,
        UserId = "u",
        ProductId = "p",
        CategoryId = "c",
        Brand = "b",
    };

    private readonly PartitionOperators _operators = new(new OperatorOptions());
    private readonly DirtyTable _dirty = new();
    private readonly PoisonList _poison = new();
    private readonly ScriptedEntities _entities = new();
    private readonly LettersThatMayFail _letters = new();
    private readonly ChunkDelivery _delivery;

    public ChunkDeliveryTests() => _delivery = new ChunkDelivery(4, _operators, _dirty, _poison, _entities, _letters, new PartitionOptions());

    [Fact]
    public async Task An_event_goes_to_each_of_its_entities_in_one_slice_a_chunk()
    {
        var page = new ShopEvent { Id = new EventId(1, 2), TimeMs = 1, Kind = EventKind.Page, UserId = "u", Url = "https://shop/" };
        await _delivery.DeliverAsync([Batch(1, writer => writer.Add(Event)), Batch(2, writer => writer.Add(page))], default);
        Assert.Equal(
            ["brand/b: 1", "category/c: 1", "page/https://shop/: 2", "product/p: 1", "user/u: 1 2"],
            _entities.Slices.Select(one => $"{one.Entity}: {string.Join(' ', one.Slice.Events.Select(e => e.Position))}").Order(StringComparer.Ordinal));
        Assert.All(_entities.Slices, one => Assert.Equal((4, 0L), (one.Slice.Partition, one.Slice.After)));
    }

    [Fact]
    public async Task A_chunk_that_failed_before_it_was_sent_leaves_nothing_for_the_next_one()
    {
        var chunk = Batch(1, writer =>
        {
            writer.Add(Event);
            writer.AddRejection(new Rejection(new EventId(2, 2), RejectReason.BadTime, "file:1", 1, new byte[] { 1 }, null));
        });
        _letters.Fails = true;
        await Assert.ThrowsAsync<IOException>(() => _delivery.DeliverAsync([chunk], default).AsTask());
        Assert.Empty(_entities.Slices);

        _letters.Fails = false;
        _dirty.Clear();
        _operators.Restore(0, new Dictionary<string, ReadOnlyMemory<byte>>());
        await _delivery.DeliverAsync([chunk], default);
        Assert.Equal(4, _entities.Slices.Count);
        Assert.Equal((2, RejectReason.BadTime), (Assert.Single(_letters.Kept).Position, _letters.Kept[0].Reason));
    }

    [Fact]
    public async Task A_damaged_batch_is_passed_over_and_told()
    {
        var good = Batch(3, writer => writer.Add(Event));
        await _delivery.DeliverAsync([new LogBatch(1, 2, 5, new byte[] { 1, 2, 3 }), good], default);
        Assert.Equal((1, RejectReason.Damaged, 4), (Assert.Single(_letters.Kept).Position, _letters.Kept[0].Reason, _letters.Kept[0].Partition));
        Assert.Equal((3, 4), (_operators.Position, _entities.Slices.Count));
    }

    [Fact]
    public async Task A_record_that_was_rejected_and_lost_later_keeps_its_letter()
    {
        await _delivery.DeliverAsync([Batch(1, writer => writer.AddRejection(new Rejection(new EventId(2, 2), RejectReason.BadTime, "file:1", 1, new byte[] { 1 }, null)))], default);
        _operators.Restore(0, new Dictionary<string, ReadOnlyMemory<byte>>());
        await _delivery.DeliverAsync([new LogBatch(1, 1, 0, default)], default);
        Assert.Equal([RejectReason.BadTime, RejectReason.Damaged], (await _letters.ListAsync(new DeadLetterQuery())).Select(letter => letter.Reason));
    }

    [Fact]
    public async Task Missing_positions_are_one_letter_that_names_them()
    {
        await _delivery.DeliverAsync([new LogBatch(1, 20, 0, default), Batch(21, writer => writer.Add(Event))], default);
        Assert.Equal((1, RejectReason.Damaged, "positions 1 to 20 were acknowledged and are no longer in the log"), (Assert.Single(_letters.Kept).Position, _letters.Kept[0].Reason, _letters.Kept[0].Detail));
        Assert.Equal(_letters.Kept[0].Detail, _delivery.Damage);
        Assert.Equal(21, _operators.Position);
        await _delivery.DeliverAsync([Batch(22, writer => writer.Add(Event))], default);
        Assert.Null(_delivery.Damage);
    }

    [Fact]
    public async Task Events_of_a_damaged_entity_are_letters_and_nothing_waits_to_be_saved_for_it()
    {
        _entities.Damaged.Add(new EntityKey(EntityKind.Product, "p"));
        await _delivery.DeliverAsync([Batch(1, writer => writer.Add(Event)), Batch(2, writer => writer.Add(Event with { Id = new EventId(1, 2) }))], default);
        Assert.Equal([(1, "product/p"), (2, "product/p")], _letters.Kept.Select(letter => (letter.Position, letter.Entity)));
        Assert.All(_letters.Kept, letter => Assert.Equal((RejectReason.Damaged, "unreadable", 5, false), (letter.Reason, letter.Detail, letter.ReceivedMs, letter.Raw.IsEmpty)));
        Assert.Equal(["brand/b", "category/c", "user/u"], _dirty.UnsavedThrough(2).Select(lane => lane.Key.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_poison_event_is_passed_over_for_its_entity_only()
    {
        var letter = new DeadLetter { Partition = 4, Position = 1, Reason = RejectReason.Poison, Entity = "product/p", Source = "log", ReceivedMs = 1, Raw = default };
        await _letters.PutAsync([letter]);
        await _poison.LoadAsync(_letters, 4, 0, default);
        await _delivery.DeliverAsync([Batch(1, writer => writer.Add(Event))], default);
        Assert.Equal(["brand/b", "category/c", "user/u"], _entities.Slices.Select(one => one.Entity.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Poison_is_set_aside_with_the_time_at_which_the_log_took_it()
    {
        _entities.Answer = entity => entity.Kind == EntityKind.Product ? new SliceAnswer(SliceOutcome.Poison, 3, "no fold") : SliceAnswer.Applied;
        await Assert.ThrowsAsync<RewindException>(() => _delivery.DeliverAsync([Batch(3, writer => writer.Add(Event))], default).AsTask());
        var letter = Assert.Single(_letters.Kept);
        Assert.Equal(("4-3-product/p", RejectReason.Poison, "no fold", 5), (letter.Id, letter.Reason, letter.Detail, letter.ReceivedMs));
    }

    [Fact]
    public async Task Poison_whose_letter_was_dropped_is_still_passed_over()
    {
        var letter = new DeadLetter { Partition = 4, Position = 1, Reason = RejectReason.Poison, Entity = "product/p", Source = "log", ReceivedMs = 1, Raw = default };
        await _letters.PutAsync([letter]);
        await _letters.RemoveAsync([letter.Key]);
        await _poison.LoadAsync(_letters, 4, 0, default);
        Assert.True(_poison.Contains(new EntityKey(EntityKind.Product, "p"), 1), "it would be set aside and the partition rewound without end");
    }

    [Fact]
    public async Task A_rejection_keeps_how_its_text_is_written()
    {
        var form = new RawForm(RawKind.Csv, true, "a,b");
        await _delivery.DeliverAsync([Batch(1, writer => writer.AddRejection(new Rejection(new EventId(2, 2), RejectReason.BadTime, "file:1", 1, new byte[] { 1 }, null, form)))], default);
        Assert.Equal(form, Assert.Single(_letters.Kept).Form);
    }

    [Fact]
    public async Task Poison_of_one_event_for_several_entities_is_known_even_across_pages()
    {
        var letters = Enumerable.Range(1, 999).Select(position => (Position: (long)position, Entity: "user/u"))
            .Concat([(1_000, "product/p"), (1_000, "user/u"), (1_001, "user/u")])
            .Select(one => new DeadLetter { Partition = 4, Position = one.Position, Reason = RejectReason.Poison, Entity = one.Entity, Source = "log", ReceivedMs = 1, Raw = default })
            .ToArray();
        await _letters.PutAsync(letters);
        await _poison.LoadAsync(_letters, 4, 0, default);
        Assert.True(_poison.Contains(new EntityKey(EntityKind.Product, "p"), 1_000), "the last letter of the first page is lost");
        Assert.True(_poison.Contains(new EntityKey(EntityKind.User, "u"), 1_000), "the letter between the pages is lost");
        Assert.True(_poison.Contains(new EntityKey(EntityKind.User, "u"), 1_001), "the second page is lost");
        Assert.False(_poison.Contains(new EntityKey(EntityKind.Product, "p"), 1_001));

        await _poison.LoadAsync(_letters, 4, 1_000, default);
        Assert.False(_poison.Contains(new EntityKey(EntityKind.User, "u"), 1_000), "what the checkpoint covers is not replayed");
        Assert.True(_poison.Contains(new EntityKey(EntityKind.User, "u"), 1_001));
    }

    private static LogBatch Batch(long first, Action<EventBatchWriter> write)
    {
        var writer = new EventBatchWriter();
        write(writer);
        var batch = writer.Build();
        return new LogBatch(first, batch.Count, 5, batch.Bytes.ToArray());
    }

    private sealed class LettersThatMayFail : IDeadLetterStore
    {
        private readonly InMemoryDeadLetterStore _kept = new();

        public bool Fails { get; set; }

        public List<DeadLetter> Kept { get; } = [];

        public ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default)
        {
            if (Fails)
            {
                throw new IOException("the disk is full");
            }

            Kept.AddRange(letters);
            return _kept.PutAsync(letters, cancellationToken);
        }

        public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default) =>
            _kept.ListAsync(query, cancellationToken);

        public ValueTask<DeadLetter?> FindAsync(DeadLetterKey key, CancellationToken cancellationToken = default) => _kept.FindAsync(key, cancellationToken);

        public ValueTask<int> RemoveAsync(IReadOnlyList<DeadLetterKey> keys, CancellationToken cancellationToken = default) =>
            _kept.RemoveAsync(keys, cancellationToken);

        public ValueTask<DeadLetterTotals> TrimAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken = default) =>
            _kept.TrimAsync(partition, safeThrough, bounds, cancellationToken);
    }
}
