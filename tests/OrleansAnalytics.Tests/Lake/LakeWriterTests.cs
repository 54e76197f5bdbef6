using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>What can happen next around a partition's lake.</summary>
internal enum LakeStep
{
    /// <summary>A producer appends a batch, with repeats and rejected records.</summary>
    Append,

    /// <summary>The partition reads all there is.</summary>
    Read,

    /// <summary>A checkpoint is committed.</summary>
    Commit,

    /// <summary>The lake is brought up to the checkpoint.</summary>
    Write,

    /// <summary>That fails before the manifest is written.</summary>
    FailBefore,

    /// <summary>That fails after the manifest is written, without anybody being told.</summary>
    FailAfter,

    /// <summary>The partition goes back to its checkpoint.</summary>
    Rewind,

    /// <summary>Another owner takes over; the old one writes once more before it knows.</summary>
    NewOwner,
}

public sealed class LakeWriterTests
{
    [Fact]
    public Task Whatever_happens_the_lake_holds_every_accepted_event_once_and_nothing_else() =>
        Gen.Enum<LakeStep>().Array[1, 60].SampleAsync(
            async steps =>
            {
                var world = await World.BeginAsync();
                foreach (var step in steps)
                {
                    await world.DoAsync(step);
                    world.AssertExactlyOnce();
                }

                await world.FinishAsync();
            },
            iter: 300);

    [Fact]
    public async Task An_owner_that_was_replaced_writes_no_more()
    {
        var (log, sink) = (NewLog(), new InMemoryLakeSink());
        var (old, heir) = (Writer(log, sink), Writer(log, sink));
        await old.OpenAsync(1, 0, TestContext.Current.CancellationToken);
        await heir.OpenAsync(2, 0, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<LakeConflictException>(() => old.OpenAsync(1, 0, TestContext.Current.CancellationToken).AsTask());
    }

    [Fact]
    public async Task What_was_read_before_there_was_a_lake_is_told_to_be_lacking()
    {
        var writer = Writer(NewLog(), new InMemoryLakeSink());
        Assert.Equal(40, await writer.OpenAsync(1, 40, TestContext.Current.CancellationToken));
        Assert.Equal(40, writer.Through);
    }

    private static InMemoryEventLog NewLog() => new(new EventLogOptions { Partitions = 1 }, TimeProvider.System);

    private static LakeWriter Writer(InMemoryEventLog log, ILakeSink sink) => new(0, log, sink, new LakeOptions { MaxEventsHeld = 3 });

    /// <summary>One partition, its log and its lake.</summary>
    private sealed class World
    {
        private readonly InMemoryEventLog _log = NewLog();
        private readonly UnsureSink _sink = new();
        private PartitionOperators _operators = new(new OperatorOptions());
        private Dictionary<string, ReadOnlyMemory<byte>> _checkpoint = [];
        private LakeImage _image = new(0, 0, [], new());
        private LakeWriter _writer;
        private long _generation = 1;
        private readonly HashSet<int> _known = [];
        private readonly List<long> _accepted = [];
        private int _number;
        private long _end;

        private World() => _writer = Writer(_log, _sink);

        public static async Task<World> BeginAsync()
        {
            var world = new World();
            await world.OpenAsync(world._writer);
            return world;
        }

        public async Task DoAsync(LakeStep step)
        {
            switch (step)
            {
                case LakeStep.Append:
                    await AppendAsync();
                    break;
                case LakeStep.Read:
                    await ReadAsync();
                    break;
                case LakeStep.Commit:
                    Commit();
                    break;
                case LakeStep.Write:
                    await WriteAsync(_writer, _image);
                    break;
                case LakeStep.FailBefore or LakeStep.FailAfter:
                    _sink.Fails = step == LakeStep.FailAfter;
                    await WriteAsync(_writer, _image);
                    _sink.Fails = null;
                    await OpenAsync(_writer);
                    break;
                case LakeStep.Rewind:
                    Restore();
                    break;
                case LakeStep.NewOwner:
                    await TakeOverAsync();
                    break;
            }
        }

        public void AssertExactlyOnce()
        {
            var accepted = _accepted.Where(position => position <= _writer.Through);
            Assert.Equal(accepted, _sink.Inner.Events().Select(one => one.Event.Position).Order());
            Assert.All(_sink.Inner.Events(), one => Assert.Equal(one.Event.Event.TimeMs, TimeOf(one.Event.Event.ProductId!)));
        }

        public async Task FinishAsync()
        {
            await AppendAsync();
            await ReadAsync();
            Commit();
            await WriteAsync(_writer, _image);
            AssertExactlyOnce();
            Assert.Equal(_operators.Position, _writer.Through);
            await OpenAsync(_writer);
            var manifest = (await _sink.Inner.ReadAsync(LakeManifest.SourceOf(0)))!.Manifest;
            Assert.Equal(manifest.Files.Select(file => file.Path).Order(), _sink.Inner.Paths().Order());
            Assert.Equal(manifest.Received, manifest.Files.Sum(file => file.Rows) + manifest.Duplicates + manifest.Rejected.Values.Sum());
        }

        private static long TimeOf(string product) => 1_570_000_000_000 + (int.Parse(product, System.Globalization.CultureInfo.InvariantCulture) * 900_000L);

        private async Task AppendAsync()
        {
            var writer = new EventBatchWriter();
            for (var i = 0; i < 4; i++)
            {
                // Every third one is a repeat of an earlier one, every fifth a rejected record.
                var number = _number % 3 == 2 ? _number / 2 : _number;
                _number++;
                _end++;
                var isNew = _known.Add(number);
                if (number % 5 == 4)
                {
                    writer.AddRejection(new Rejection(new EventId(9, (ulong)number), RejectReason.BadTime, "file", 1, new byte[] { 1 }, null));
                }
                else
                {
                    writer.Add(new ShopEvent { Id = new EventId(1, (ulong)number), TimeMs = TimeOf($"{number}"), Kind = EventKind.View, UserId = "u", ProductId = $"{number}" });
                    if (isNew)
                    {
                        _accepted.Add(_end);
                    }
                }
            }

            await _log.AppendAsync(0, writer.Build());
        }

        private async Task ReadAsync()
        {
            foreach (var batch in await _log.ReadAsync(0, _operators.Position, int.MaxValue))
            {
                var entries = new List<LogEntry>();
                EventBatchReader.Read(batch, _operators.Position, new EventTexts(), entries);
                entries.ForEach(entry => _operators.Process(entry));
            }
        }

        private void Commit()
        {
            var image = _operators.Capture();
            foreach (var part in image.Removed)
            {
                _checkpoint.Remove(part);
            }

            foreach (var (part, bytes) in image.Changed)
            {
                _checkpoint[part] = bytes;
            }

            _image = _operators.ToLakeImage();
        }

        private void Restore()
        {
            _operators = new PartitionOperators(new OperatorOptions());
            _operators.Restore(_image.Position, _checkpoint);
            _image = _operators.ToLakeImage();
        }

        private async Task TakeOverAsync()
        {
            var (old, before) = (_writer, _image);
            Restore();
            _generation++;
            _writer = Writer(_log, _sink);
            await OpenAsync(_writer);
            await WriteAsync(old, before);
        }

        private async Task OpenAsync(LakeWriter writer) => await writer.OpenAsync(_generation, _image.Since, default);

        private async Task WriteAsync(LakeWriter writer, LakeImage image)
        {
            try
            {
                await writer.WriteAsync(image, default);
                _operators.Skipped.DropThrough(Math.Min(writer.Through, _operators.Position));
            }
            catch (Exception exception) when (exception is LakeConflictException or IOException)
            {
                // It will be tried again, or it is another's now.
            }
        }
    }

    /// <summary>A lake whose manifests cannot always be written.</summary>
    private sealed class UnsureSink : ILakeSink
    {
        public InMemoryLakeSink Inner { get; } = new();

        /// <summary>Whether a write that fails is done all the same; null while none fails.</summary>
        public bool? Fails { get; set; }

        public ValueTask<StoredLakeManifest?> ReadAsync(string source, CancellationToken cancellationToken = default) => Inner.ReadAsync(source, cancellationToken);

        public async ValueTask<string> WriteAsync(LakeManifest manifest, string? etag, CancellationToken cancellationToken = default)
        {
            var written = Fails == false ? "" : await Inner.WriteAsync(manifest, etag, cancellationToken);
            return Fails is null ? written : throw new IOException("the lake is away");
        }

        public ILakeFileWriter Create(string path, int partition) => Inner.Create(path, partition);

        public ValueTask<int> RemoveStraysAsync(string prefix, LakeManifest manifest, CancellationToken cancellationToken = default) =>
            Inner.RemoveStraysAsync(prefix, manifest, cancellationToken);
    }
}
