using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class EntityProtocolTests
{
    [Theory]
    [InlineData(5, 0, 6, FlushDecision.Gap)]
    [InlineData(6, 6, 6, FlushDecision.AlreadySaved)]
    [InlineData(9, 7, 6, FlushDecision.AlreadySaved)]
    [InlineData(6, 5, 6, FlushDecision.Write)]
    [InlineData(9, 5, 6, FlushDecision.Write)]
    public void OnFlush_DecidesByAppliedAndDurable(long applied, long durable, long expected, FlushDecision decision) =>
        Assert.Equal(decision, EntityProtocol.OnFlush(applied, durable, expected));
}
