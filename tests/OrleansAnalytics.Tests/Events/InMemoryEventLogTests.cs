using OrleansAnalytics.Events;

namespace OrleansAnalytics.Tests.Events;

public sealed class InMemoryEventLogTests : EventLogContract
{
    protected override IEventLog Create(EventLogOptions options) => new InMemoryEventLog(options, Time);
}
