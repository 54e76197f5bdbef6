namespace OrleansAnalytics.Lake;

/// <summary>Another process, or another part of this one, is changing which files belong to the lake; it is over in seconds or, if it compacts, in minutes.</summary>
/// <param name="message">Which lake.</param>
/// <param name="inner">What the lock file said; null if it was none.</param>
public sealed class LakeBusyException(string message, Exception? inner = null) : IOException(message, inner);
