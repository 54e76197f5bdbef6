namespace OrleansAnalytics.Client;

/// <summary>Options of <see cref="AnalyticsClient"/>.</summary>
public sealed class AnalyticsClientOptions
{
    /// <summary>The server; http or https. Default http://127.0.0.1:8080.</summary>
    public Uri BaseAddress { get; set; } = new("http://127.0.0.1:8080");

    /// <summary>
    /// The server's API key, sent with every request as <c>X-Api-Key</c>; null sends none. Visible ASCII characters only. Use https beyond the own
    /// machine: a key in plain http can be read on the way. Default null.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>Events per request of <c>SendAsync</c>, 1 to 100,000. Default 1,000.</summary>
    public int BatchSize { get; set; } = 1_000;

    /// <summary>How <c>SendAsync</c> writes events. Default binary; to a server that answers 415 to it, JSON from then on.</summary>
    public EventEncoding Encoding { get; set; } = EventEncoding.Binary;

    /// <summary>Bytes per request of <c>UploadAsync</c>, 4 KiB to 256 MiB; a longer line makes a request of its own. Default 1 MiB.</summary>
    public int UploadChunkBytes { get; set; } = 1024 * 1024;

    /// <summary>
    /// Requests of one upload that are under way at the same time, 1 to 64. Default 1: events of one user with equal times then keep the file's
    /// order. With more, they may arrive in another order.
    /// </summary>
    public int UploadsInFlight { get; set; } = 1;

    /// <summary>Repeats of one request after the first try, 0 to 1,000. Default 8: about half a minute of trying.</summary>
    public int MaxRetries { get; set; } = 8;

    /// <summary>Pause before the first repeat; it doubles with each further one, and each is shortened by up to a half at random. Default 200 ms.</summary>
    public TimeSpan BackoffBase { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest pause, also when the server asks for a longer one. Default 10 s.</summary>
    public TimeSpan BackoffMax { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a request is tried in all, with repeats and pauses: no repeat begins later than this after the first try. Positive, at most a day. Default 5 min.
    /// </summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long one try may take. Default 30 s.</summary>
    public TimeSpan RequestTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">At least one is out of range; the message names them all.</exception>
    public void Validate()
    {
        List<string> errors = [];
        if (BaseAddress is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            errors.Add("BaseAddress must be an absolute http or https address.");
        if (ApiKey is not null && (ApiKey.Length == 0 || ApiKey.AsSpan().ContainsAnyExceptInRange('!', '~')))
            errors.Add("ApiKey must be visible ASCII characters, or null.");
        if (BatchSize is < 1 or > 100_000)
            errors.Add("BatchSize must be between 1 and 100,000.");
        if (!Enum.IsDefined(Encoding))
            errors.Add("Encoding must be Binary or Json.");
        if (UploadChunkBytes is < 4 * 1024 or > 256 * 1024 * 1024)
            errors.Add("UploadChunkBytes must be between 4 KiB and 256 MiB.");
        if (UploadsInFlight is < 1 or > 64)
            errors.Add("UploadsInFlight must be between 1 and 64.");
        if (MaxRetries is < 0 or > 1_000)
            errors.Add("MaxRetries must be between 0 and 1,000.");
        if (BackoffBase <= TimeSpan.Zero || BackoffBase > BackoffMax)
            errors.Add("BackoffBase must be positive and at most BackoffMax.");
        if (BackoffMax > TimeSpan.FromHours(1))
            errors.Add("BackoffMax must be at most an hour.");
        if (RetryFor <= TimeSpan.Zero || RetryFor > TimeSpan.FromDays(1))
            errors.Add("RetryFor must be positive and at most a day.");
        if (RequestTimeout <= TimeSpan.Zero || RequestTimeout > TimeSpan.FromHours(1))
            errors.Add("RequestTimeout must be positive and at most an hour.");
        if (errors.Count > 0)
            throw new ArgumentException(string.Join(' ', errors));
    }
}
