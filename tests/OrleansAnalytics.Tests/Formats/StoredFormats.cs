using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;
using OrleansAnalytics.Catalog;
using OrleansAnalytics.Client;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Journeys;
using OrleansAnalytics.Pages;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Tests.Ingest;
using OrleansAnalytics.Tests.Journeys;
using OrleansAnalytics.Tests.Partitions.Operators;
using Xunit;
using RecordFormat = OrleansAnalytics.Ingest.RecordFormat;

namespace OrleansAnalytics.Tests.Formats;

/// <summary>Every format that is stored or sent.</summary>
internal static class StoredFormats
{
    private const int Partition = 3;
    private static readonly DateTimeOffset AppendedAt = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    public static IReadOnlyList<StoredFormat> All { get; } =
    [
        new("event-batch", ["EventBatchWriter.FormatVersion"], () => One("batch", Batch().Bytes.ToArray()), pieces => AssertBatch(pieces[0].Bytes)),
        new("log", ["LogRecord.FormatVersion", "LogPositions.FormatVersion", "LogTail.FormatVersion"], WriteLogAsync, ReadLogAsync),
        new("acknowledged", ["AcknowledgedEnds.FormatVersion"], () => One("slot", AcknowledgedSlot()), pieces =>
        {
            var ends = new long[3];
            Assert.True(AcknowledgedEnds.TryRead(pieces[0].Bytes, ends, out var sequence));
            Assert.Equal([5, 0, 1L << 40], ends);
            Assert.Equal(7, sequence);
            return Task.CompletedTask;
        }),
        Entity(GrainTypes.User, FixtureEvents.User, "JourneyFold", () => new JourneyFold(new JourneyOptions()), (fold, key) => fold.ToJourney(key)),
        Entity(GrainTypes.Product, FixtureEvents.Product, "ProductFold", () => new ProductFold(new CatalogOptions()), (fold, key) => fold.ToView(key)),
        Entity(GrainTypes.Category, FixtureEvents.Category, "CategoryFold", () => new CategoryFold(new CatalogOptions()), (fold, key) => fold.ToView(key)),
        Entity(GrainTypes.Brand, FixtureEvents.Brand, "BrandFold", () => new BrandFold(new CatalogOptions()), (fold, key) => fold.ToView(key)),
        Entity(GrainTypes.Page, FixtureEvents.Url, "PageFold", () => new PageFold(), (fold, key) => fold.ToView(key)),
        new(
            "checkpoint",
            [
                "StateWriter.FormatVersion", "RocksDbCheckpointStore.PartVersion", "PartitionOperators.FormatVersion", "SessionOperator.FormatVersion",
                "SessionSegments.FormatVersion",
                "ClosedSessions.FormatVersion", "SpendOperator.FormatVersion", "PageOperator.FormatVersion",
                "VisitorOperator.FormatVersion", "RateOperator.FormatVersion", "RateWindows.FormatVersion", "SegmentedSet.FormatVersion", "TallyTable.FormatVersion",
                "PositionRanges.FormatVersion",
            ],
            WriteCheckpointAsync,
            ReadCheckpointAsync),
        new("binary-events", ["BinaryEvents.FormatVersion"], () => One("body", EventRecords.Write(FixtureEvents.Sent)), ReadSentAsync),
        KafkaFormats.Message,
        ExchangeFormats.Slices,
        ExchangeFormats.Flushes,
        AzureFormats.Rows,
        AzureFormats.CheckpointHeader,
        new("dead-letter", ["StoredDeadLetter.FormatVersion"], WriteDeadLetterAsync, ReadDeadLetterAsync),
        ManifestFormats.OfAReport,
        ManifestFormats.OfABackfill,
        ManifestFormats.OfAPeriod,
        ManifestFormats.OfUsers,
    ];

    private static DeadLetter Letter => new()
    {
        Partition = Partition,
        Position = 256,
        Entity = "product/x",
        Reason = RejectReason.Poison,
        Detail = "why",
        Source = "a.csv:5",
        ReceivedMs = 1_569_888_000_000,
        Raw = new byte[] { 0, 255 },
        Form = FixtureEvents.Form,
    };

    private static Task<IReadOnlyList<Piece>> One(string name, byte[] bytes) => Task.FromResult<IReadOnlyList<Piece>>([new Piece(name, bytes)]);

    private static EncodedBatch Batch()
    {
        var writer = new EventBatchWriter();
        foreach (var entry in FixtureEvents.BatchEntries)
        {
            if (entry.Event is { } shopEvent)
            {
                writer.Add(shopEvent);
            }
            else
            {
                writer.AddRejection(entry.Rejection!);
            }
        }

        return writer.Build();
    }

    private static Task AssertBatch(byte[] batch)
    {
        var expected = FixtureEvents.BatchEntries.Take(EventBatchReader.Check(batch)).ToList();
        Assert.True(expected.Count >= FixtureEvents.Entries.Count, "entries");
        var read = new List<LogEntry>();
        EventBatchReader.Read(new LogBatch(1, expected.Count, 0, batch), 0, new EventTexts(100), read);
        Assert.Equal(expected.Select(entry => entry.Event), read.Select(entry => entry.Event));
        Assert.Equal(Rejections(expected), Rejections(read));
        return Task.CompletedTask;
    }

    private static IEnumerable<(Rejection, string)> Rejections(IEnumerable<LogEntry> entries) =>
        entries.Select(entry => entry.Rejection).OfType<Rejection>().Select(rejection => (rejection with { Raw = default }, Convert.ToHexStringLower(rejection.Raw.Span)));

    private static byte[] AcknowledgedSlot()
    {
        var slot = new byte[AcknowledgedEnds.SlotLength(3)];
        AcknowledgedEnds.Write(slot, sequence: 7, [5, 0, 1L << 40]);
        return slot;
    }

    private static async Task<IReadOnlyList<Piece>> WriteLogAsync()
    {
        using var folder = new FormatFolder();
        using (var log = new RocksDbEventLog(folder.Path, LogOptions, new FakeTimeProvider(AppendedAt)))
        {
            foreach (var fill in new byte[] { 1, 2, 3 })
            {
                await log.AppendAsync(Partition, new EncodedBatch(new[] { fill, fill }, 200));
            }

            Assert.Equal(200, await log.TrimAsync(Partition, 399));
        }

        return folder.Dump("default", LogPositions.Column);
    }

    private static async Task ReadSentAsync(IReadOnlyList<Piece> pieces)
    {
        var (binary, lines) = (new DoorFixture(), new DoorFixture());
        await binary.TakeAsync(pieces[0].Bytes, RecordFormat.Binary);
        await lines.TakeAsync(EventLines.Write(FixtureEvents.Sent), RecordFormat.JsonLines);
        Assert.Equal(FixtureEvents.Sent.Count - 1, binary.Events().Count);
        Assert.Equal(lines.Told(), binary.Told());
    }

    private static EventLogOptions LogOptions => new() { Partitions = 4, MaxBytesPerPartition = 4 };

    private static async Task ReadLogAsync(IReadOnlyList<Piece> pieces)
    {
        using var folder = new FormatFolder();
        folder.Fill(pieces, LogPositions.Column);
        using var log = new RocksDbEventLog(folder.Path, LogOptions, TimeProvider.System);
        Assert.Equal((0, 600), (await log.EndAsync(0), await log.EndAsync(Partition)));
        var read = await log.ReadAsync(Partition, 0, 1000);
        Assert.Equal([(201, 400, 2), (401, 600, 3)], read.Select(batch => (batch.FirstPosition, batch.LastPosition, (int)batch.Bytes.Span[1])));
        Assert.All(read, batch => Assert.Equal(AppendedAt.ToUnixTimeMilliseconds(), batch.AppendedMs));
        Assert.Equal(200, await log.TrimAsync(Partition, 0));

        // The bytes before a batch are known: two of four may go.
        Assert.Equal(new AppendedRange(601, 601), await log.AppendAsync(Partition, new EncodedBatch(new byte[2], 1)));
        Assert.Equal(400, await log.TrimAsync(Partition, 601));
    }

    private static StoredFormat Entity<TFold>(string type, string key, string foldName, Func<TFold> empty, Func<TFold, string, object?> view)
        where TFold : EntityFold
    {
        EntityState<TFold> Folded()
        {
            var state = new EntityState<TFold>(empty());
            state.Fold.FoldAll(FixtureEvents.Events.Where(one => type == GrainTypes.Page == (one.Kind == EventKind.Page) || type == GrainTypes.User));
            state.Applied.Raise(Partition, 9);
            state.Applied.Raise(1, 300);
            return state;
        }

        return new StoredFormat(
            $"entity-{type}",
            ["StateWriter.FormatVersion", "EntityState.FormatVersion", $"{foldName}.FormatVersion"],
            async () =>
            {
                using var folder = new FormatFolder();
                using (var store = new RocksDbStateStore(folder.Path, new StateStoreOptions()))
                {
                    await new RocksDbGrainStorage(store).WriteStateAsync("entity", GrainId.Create(type, key), new GrainState<EntityState<TFold>>(Folded()));
                }

                return folder.Dump(RocksDbStateStore.Entities);
            },
            async pieces =>
            {
                using var folder = new FormatFolder();
                folder.Fill(pieces, RocksDbStateStore.Entities, RocksDbStateStore.Checkpoints, RocksDbStateStore.DeadLetters);
                using var store = new RocksDbStateStore(folder.Path, new StateStoreOptions());
                var read = new GrainState<EntityState<TFold>>(new EntityState<TFold>(empty()));
                await new RocksDbGrainStorage(store).ReadStateAsync("entity", GrainId.Create(type, key), read);
                Assert.True(long.Parse(read.ETag!, System.Globalization.CultureInfo.InvariantCulture) > 0);
                Assert.Equal((9, 300, 0), (read.State!.Applied[Partition], read.State.Applied[1], read.State.Applied[0]));
                Assert.Equal(RandomEvents.Text(view(Folded().Fold, key)), RandomEvents.Text(view(read.State.Fold, key)));

                // What the view does not show counts too: the state goes on as one that was never stored.
                Assert.Equal(Folded().Fold.Stored(), read.State.Fold.Stored());
            });
    }

    private static CheckpointedOperators Counted()
    {
        var counted = new CheckpointedOperators(new OperatorOptions { RateLimit = 2, MaxBrands = 1, AllowedLateness = TimeSpan.FromMinutes(1) });
        foreach (var entry in FixtureEvents.Entries)
        {
            counted.Process(entry);
        }

        counted.Capture();
        return counted;
    }

    private static async Task<IReadOnlyList<Piece>> WriteCheckpointAsync()
    {
        using var folder = new FormatFolder();
        var counted = Counted();
        using (var store = new RocksDbStateStore(folder.Path, new StateStoreOptions()))
        {
            await new RocksDbCheckpointStore(store).WriteAsync(Partition, etag: null, new CheckpointWrite(counted.Saved, 4, counted.Parts, []));
        }

        return folder.Dump(RocksDbStateStore.Checkpoints);
    }

    private static async Task ReadCheckpointAsync(IReadOnlyList<Piece> pieces)
    {
        using var folder = new FormatFolder();
        folder.Fill(pieces, RocksDbStateStore.Entities, RocksDbStateStore.Checkpoints, RocksDbStateStore.DeadLetters);
        using var store = new RocksDbStateStore(folder.Path, new StateStoreOptions());
        var read = (await new RocksDbCheckpointStore(store).ReadAsync(Partition))!;
        var counted = Counted();
        Assert.Equal((11, 4), (read.Position, read.Generation));
        var restored = new PartitionOperators(new OperatorOptions { RateLimit = 2, MaxBrands = 1, AllowedLateness = TimeSpan.FromMinutes(1) });
        restored.Restore(read.Position, read.Parts);
        Assert.Equal(TallyText.Everything(Since(read.Parts, counted.Operators)), TallyText.Everything(Since(read.Parts, restored)));
        Assert.Equal((9, 1, 1), (restored.Ingest.Accepted, restored.Ingest.Duplicates, restored.Ingest.RejectedTotal));
        Assert.Equal(counted.Operators.LimitsReached, restored.LimitsReached);
        Assert.True(restored.Late > 0);

        // Its ids are known again.
        Assert.Equal(EntryOutcome.Duplicate, restored.Process(FixtureEvents.Entries[4] with { Position = 12 }));
        AssertGoesOn(restored, read.Parts);
    }

    /// <summary>What is stored now lies beside what was stored in an earlier version, and both are read as one.</summary>
    private static void AssertGoesOn(PartitionOperators restored, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> before)
    {
        var parts = new Dictionary<string, ReadOnlyMemory<byte>>(before);
        var again = FixtureEvents.Entries[4].Event!;
        for (var position = 13; position < 16; position++)
        {
            Assert.Equal(EntryOutcome.Accepted, restored.Process(new LogEntry(position, again with { Id = new EventId(99, (ulong)position) }, null)));
            var image = restored.Capture();
            image.Removed.ToList().ForEach(name => parts.Remove(name));
            image.Changed.ToList().ForEach(part => parts[part.Key] = part.Value.ToArray());
            var next = new PartitionOperators(new OperatorOptions { RateLimit = 2, MaxBrands = 1, AllowedLateness = TimeSpan.FromMinutes(1) });
            next.Restore(position, parts);
            Assert.Equal(TallyText.Everything(restored.Tallies(Partition, TallyParts.All)), TallyText.Everything(next.Tallies(Partition, TallyParts.All)));
        }
    }

    /// <summary>The tallies that were kept when these parts were written: the first version had none of funnels, sub-categories, days of categories, spend and pages.</summary>
    private static SiteTallies Since(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts, PartitionOperators operators) =>
        operators.Tallies(Partition, parts["sessions/open/" + Enumerable.Range(0, 64).First(bucket => parts.ContainsKey($"sessions/open/{bucket}"))].Span[0] == 1
            ? TallyParts.Hours | TallyParts.Categories | TallyParts.Brands | TallyParts.Carts | TallyParts.Visitors | TallyParts.Totals
            : TallyParts.All);

    private static async Task<IReadOnlyList<Piece>> WriteDeadLetterAsync()
    {
        using var folder = new FormatFolder();
        using (var store = new RocksDbStateStore(folder.Path, new StateStoreOptions()))
        {
            await new RocksDbDeadLetterStore(store).PutAsync([Letter]);
        }

        return folder.Dump(RocksDbStateStore.DeadLetters);
    }

    private static async Task ReadDeadLetterAsync(IReadOnlyList<Piece> pieces)
    {
        using var folder = new FormatFolder();
        folder.Fill(pieces, RocksDbStateStore.Entities, RocksDbStateStore.Checkpoints, RocksDbStateStore.DeadLetters);
        using var store = new RocksDbStateStore(folder.Path, new StateStoreOptions());
        var read = Assert.Single(await new RocksDbDeadLetterStore(store).ListAsync(new DeadLetterQuery()));
        var form = pieces[0].Bytes[0] >= 2 ? FixtureEvents.Form : default;
        Assert.Equal(Letter with { Raw = default, Form = form }, read with { Raw = default });
        Assert.Equal(Letter.Raw.ToArray(), read.Raw.ToArray());
    }
}
