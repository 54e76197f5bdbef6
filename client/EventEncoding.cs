namespace OrleansAnalytics.Client;

/// <summary>How <c>SendAsync</c> writes events into requests. The server takes both in the same way, with the same ids.</summary>
public enum EventEncoding
{
    /// <summary>Binary batches: a third of the work for the server, and fewer bytes. A server that does not know them gets JSON.</summary>
    Binary = 0,

    /// <summary>A JSON object on each line.</summary>
    Json = 1,
}
