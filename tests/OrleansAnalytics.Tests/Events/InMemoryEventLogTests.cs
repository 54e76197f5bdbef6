using OrleansAnalytics.Events;

namespace OrleansAnalytics.Tests.Events;

public sealed class InMemoryEventLogTests : RetainingEventLogContract
{
    protected override IEventLog Create(EventLogOptions options) => new InMemoryEventLog(options, Time);
}
