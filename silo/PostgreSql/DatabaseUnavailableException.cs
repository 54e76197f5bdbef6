namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// The database could not be reached, did not answer in time, or refused. What was to be written may or may not have been written: the same as a failed write
/// of the embedded store.
/// </summary>
/// <param name="message">What happened, with the database's address and without secrets.</param>
/// <param name="inner">What the driver says.</param>
public sealed class DatabaseUnavailableException(string message, Exception? inner = null) : IOException(message, inner);
