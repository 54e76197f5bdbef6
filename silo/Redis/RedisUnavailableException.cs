namespace OrleansAnalytics.Redis;

/// <summary>Redis could not be reached, did not answer in time, or refused.</summary>
/// <param name="message">What happened, with the server's address and without secrets.</param>
/// <param name="inner">What the driver says.</param>
public sealed class RedisUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
