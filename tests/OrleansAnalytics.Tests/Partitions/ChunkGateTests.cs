using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class ChunkGateTests
{
    [Fact]
    public async Task The_third_waits_until_one_of_two_has_left()
    {
        using var gate = new ChunkGate(2);
        var first = await gate.EnterAsync(TestContext.Current.CancellationToken);
        using var second = await gate.EnterAsync(TestContext.Current.CancellationToken);

        var third = gate.EnterAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(third.IsCompleted);

        first.Dispose();
        using var slot = await third;
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_no_slot()
    {
        using var gate = new ChunkGate(1);
        using var patience = new CancellationTokenSource();
        var first = await gate.EnterAsync(TestContext.Current.CancellationToken);
        var second = gate.EnterAsync(patience.Token).AsTask();

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();
        using var third = await gate.EnterAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Without_a_number_there_is_a_slot_for_each_core()
    {
        using var gate = ChunkGate.For(new PartitionOptions());
        for (var core = 0; core < Environment.ProcessorCount; core++)
        {
            await gate.EnterAsync(TestContext.Current.CancellationToken);
        }

        Assert.False(gate.EnterAsync(TestContext.Current.CancellationToken).AsTask().IsCompleted);
    }
}
