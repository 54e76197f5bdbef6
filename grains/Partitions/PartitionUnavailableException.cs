namespace OrleansAnalytics.Partitions;

/// <summary>A partition cannot load its checkpoint, so it has nothing to tell: no answer is better than one without its events.</summary>
public sealed class PartitionUnavailableException(string message) : Exception(message);
