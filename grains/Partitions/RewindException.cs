namespace OrleansAnalytics.Partitions;

/// <summary>Something is in doubt: the partition must load its last checkpoint and read on from there.</summary>
public sealed class RewindException(string reason) : Exception(reason);
