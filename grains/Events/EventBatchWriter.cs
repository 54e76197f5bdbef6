namespace OrleansAnalytics.Events;

/// <summary>Placeholder.</summary>
public sealed class EventBatchWriter;

/// <summary>Placeholder.</summary>
public sealed class EventBatchReader;
