using System.Buffers;
using System.Text;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Cluster;
using Xunit;

namespace OrleansAnalytics.Tests.Faults;

/// <summary>What each fault leaves behind.</summary>
public sealed class FlakyStoresTests
{
    private const int Calls = 60;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_append_that_was_acknowledged_is_in_the_log_and_one_that_threw_wholly_or_in_half_or_not_at_all()
    {
        var stores = AllFaults(out var plan);
        var acknowledged = 0;
        for (var call = 0; call < Calls; call++)
        {
            acknowledged += await IsDoneAsync<EventLogUnavailableException>(async () => await stores.Flaky().Log.AppendAsync(0, Batch(call, 4), Token)) ? 1 : 0;
        }

        await plan.QuietAsync();
        var batches = await stores.Safe.Log.ReadAsync(0, 0, int.MaxValue, Token);
        Assert.Equal(acknowledged, Struck(plan, "append", FaultKind.Slow));
        Assert.Equal(Struck(plan, "append", FaultKind.Slow, FaultKind.FailAfter, FaultKind.TimeOut), batches.Count(batch => batch.Count == 4));
        Assert.Equal(Struck(plan, "append", FaultKind.Part), batches.Count(batch => batch.Count == 2));
        Assert.Equal(Calls, batches.Count + Struck(plan, "append", FaultKind.FailBefore));
    }

    [Fact]
    public async Task A_read_of_the_log_fails_or_is_short_but_not_empty()
    {
        var stores = AllFaults(out var plan);
        await stores.Safe.Log.AppendAsync(0, Batch(1, 3), Token);
        await stores.Safe.Log.AppendAsync(0, Batch(2, 3), Token);
        var found = new List<int>();
        for (var call = 0; call < Calls; call++)
        {
            await IsDoneAsync<EventLogUnavailableException>(async () => found.Add((await stores.Flaky().Log.ReadAsync(0, 0, int.MaxValue, Token)).Count));
        }

        Assert.Equal(Struck(plan, "read log", FaultKind.Part), found.Count(batches => batches == 1));
        Assert.Equal(Struck(plan, "read log", FaultKind.Slow), found.Count(batches => batches == 2));
        Assert.Equal(Calls, found.Count + Struck(plan, "read log", FaultKind.FailBefore));
    }

    [Fact]
    public async Task A_write_that_times_out_happens_later_with_the_bytes_of_its_call()
    {
        var stores = AllFaults(out var plan);
        var outcomes = new List<(string Grain, bool Acknowledged, FaultKind Kind)>();
        for (var call = 0; call < Calls; call++)
        {
            var (id, before) = (GrainId.Create("user", $"{call}"), plan.Injected);
            var state = new GrainState<Text>(new Text { Value = "as of the call" });
            var done = await IsDoneAsync<IOException>(() => stores.Flaky().Entities.WriteStateAsync("entity", id, state));
            var kind = FaultPlan.OfWrites.Single(one => Struck(plan, "write state", one) > before.GetValueOrDefault($"write state: {one}"));
            Assert.Equal(done, state.ETag is not null);
            state.State!.Value = "folded since";
            outcomes.Add((id.Key.ToString()!, done, kind));
        }

        await plan.QuietAsync();
        Assert.Equal(FaultPlan.OfWrites.Order(), outcomes.Select(one => one.Kind).Distinct().Order());
        foreach (var (grain, acknowledged, kind) in outcomes)
        {
            var state = new GrainState<Text>(new Text());
            await stores.Safe.Entities.ReadStateAsync("entity", GrainId.Create("user", grain), state);
            Assert.Equal(acknowledged, kind == FaultKind.Slow);
            Assert.Equal(kind == FaultKind.FailBefore ? "" : "as of the call", state.State!.Value);
        }
    }

    [Fact]
    public async Task A_late_write_under_an_etag_that_is_no_more_changes_nothing()
    {
        var stores = AllFaults(out var plan);
        var late = 0;
        for (var call = 0; call < Calls; call++)
        {
            var (id, before) = (GrainId.Create("user", $"{call}"), Struck(plan, "write state", FaultKind.TimeOut));
            await IsDoneAsync<IOException>(() => stores.Flaky().Entities.WriteStateAsync("entity", id, new GrainState<Text>(new Text { Value = "late" })));
            if (Struck(plan, "write state", FaultKind.TimeOut) > before)
            {
                late++;
                await stores.Safe.Entities.WriteStateAsync("entity", id, new GrainState<Text>(new Text { Value = "first" }));
                await plan.SettleAsync();
                var state = new GrainState<Text>(new Text());
                await stores.Safe.Entities.ReadStateAsync("entity", id, state);
                Assert.Equal("first", state.State!.Value);
            }
        }

        Assert.True(late > 0);
    }

    [Fact]
    public async Task A_checkpoint_is_written_wholly_or_not_at_all()
    {
        var stores = AllFaults(out var plan);
        for (var partition = 0; partition < Calls; partition++)
        {
            var part = new byte[] { 7 };
            var write = new CheckpointWrite(partition, 1, new Dictionary<string, ReadOnlyMemory<byte>> { ["part"] = part }, []);
            await IsDoneAsync<IOException>(async () => await stores.Flaky().Checkpoints.WriteAsync(partition, null, write, Token));
            part[0] = 8;
        }

        await plan.QuietAsync();
        var stored = 0;
        for (var partition = 0; partition < Calls; partition++)
        {
            if (await stores.Safe.Checkpoints.ReadAsync(partition, Token) is { } checkpoint)
            {
                stored++;
                Assert.Equal(7, Assert.Single(checkpoint.Parts).Value.Span[0]);
            }
        }

        Assert.Equal(Calls - Struck(plan, "write checkpoint", FaultKind.FailBefore), stored);
    }

    [Fact]
    public async Task Letters_are_put_wholly_or_in_half_or_not_at_all()
    {
        var stores = AllFaults(out var plan);
        for (var call = 0; call < Calls; call++)
        {
            await IsDoneAsync<IOException>(async () => await stores.Flaky().DeadLetters.PutAsync([Letter(call, 1), Letter(call, 2)], Token));
        }

        await plan.QuietAsync();
        var letters = await stores.Safe.DeadLetters.ListAsync(new DeadLetterQuery(Limit: 1000), Token);
        Assert.Equal(
            (2 * Struck(plan, "put letters", FaultKind.Slow, FaultKind.FailAfter, FaultKind.TimeOut)) + Struck(plan, "put letters", FaultKind.Part), letters.Count);
    }

    private static FlakyStores AllFaults(out FaultPlan plan)
    {
        plan = new FaultPlan(seed: 9, writes: 1, reads: 1);
        return new FlakyStores(ShopStores.InMemory(), plan);
    }

    private static int Struck(FaultPlan plan, string operation, params FaultKind[] kinds) =>
        (int)kinds.Sum(kind => plan.Injected.GetValueOrDefault($"{operation}: {kind}"));

    private static async Task<bool> IsDoneAsync<TFailure>(Func<Task> call)
        where TFailure : Exception
    {
        try
        {
            await call();
            return true;
        }
        catch (TFailure)
        {
            return false;
        }
    }

    private static EncodedBatch Batch(int number, int events)
    {
        var writer = new EventBatchWriter();
        for (var i = 0; i < events; i++)
        {
            writer.Add(new ShopEvent { Id = new EventId((ulong)number, (ulong)i), TimeMs = 1, Kind = EventKind.View, UserId = "u", ProductId = "p" });
        }

        return writer.Build();
    }

    private static DeadLetter Letter(int partition, long position) => new()
    {
        Partition = partition,
        Position = position,
        Reason = RejectReason.Malformed,
        Source = "test",
        ReceivedMs = 1,
        Raw = default,
    };

    private sealed class Text : IStoredState
    {
        public string Value { get; set; } = "";

        public void WriteTo(IBufferWriter<byte> output) => output.Write(Encoding.UTF8.GetBytes(Value));

        public void ReadFrom(ReadOnlySpan<byte> stored) => Value = Encoding.UTF8.GetString(stored);
    }
}
