using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace OrleansAnalytics.Client;

/// <summary>One request, repeated until it has an answer that a repeat would not change.</summary>
internal sealed class RetryingHttp : IDisposable
{
    private readonly HttpClient _http;
    private readonly AnalyticsClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly Backoff _backoff;

    public RetryingHttp(AnalyticsClientOptions options, HttpMessageHandler? handler, TimeProvider time, Random random)
    {
        // Connections are renewed now and then, so that a changed address is noticed. A redirect is an answer like any other: following it would
        // carry the key to whatever server it names.
        handler ??= new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false };
        _http = new HttpClient(handler) { BaseAddress = options.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };
        if (options.ApiKey is { } key)
            _http.DefaultRequestHeaders.Add("X-Api-Key", key);
        _options = options;
        _time = time;
        _random = random;
        _backoff = new Backoff(options.BackoffBase, options.BackoffMax);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The body of the answer; null for 404 if <paramref name="absent"/> allows it.</summary>
    public Task<byte[]?> GetAsync(string path, bool absent, CancellationToken cancellationToken) =>
        AskAsync(HttpMethod.Get, path, null, "", absent, cancellationToken);

    /// <summary>The body of the answer.</summary>
    public async Task<byte[]> PostAsync(string path, ReadOnlyMemory<byte> content, string mediaType, CancellationToken cancellationToken) =>
        (await AskAsync(HttpMethod.Post, path, content, mediaType, false, cancellationToken).ConfigureAwait(false))!;

    /// <summary>The body of the answer in the form that is asked for.</summary>
    public async Task<byte[]> PostAsync(string path, ReadOnlyMemory<byte> content, string mediaType, string accept, CancellationToken cancellationToken) =>
        (await AskAsync(HttpMethod.Post, path, content, mediaType, accept, false, cancellationToken).ConfigureAwait(false))!;

    /// <summary>The body of the answer; null for 404 if <paramref name="absent"/> allows it.</summary>
    public Task<byte[]?> AskAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte>? content, string mediaType, bool absent, CancellationToken cancellationToken) =>
        AskAsync(method, path, content, mediaType, null, absent, cancellationToken);

    private async Task<byte[]?> AskAsync(
        HttpMethod method, string path, ReadOnlyMemory<byte>? content, string mediaType, string? accept, bool absent, CancellationToken cancellationToken)
    {
        var (status, body) = await RepeatAsync(
            () =>
            {
                var request = new HttpRequestMessage(method, path)
                {
                    Content = content is { } bytes ? new ReadOnlyMemoryContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue(mediaType) } } : null,
                };
                if (accept is not null)
                    request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
                return request;
            },
            cancellationToken).ConfigureAwait(false);
        if (status == HttpStatusCode.NotFound && absent)
            return null;
        return IsSuccess(status) ? body : throw Failure(status, body);
    }

    private async Task<(HttpStatusCode Status, byte[] Body)> RepeatAsync(Func<HttpRequestMessage> request, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            (HttpStatusCode Status, byte[] Body, TimeSpan? RetryAfter)? answer = null;
            Exception? trouble = null;
            try
            {
                answer = await TryAsync(request, cancellationToken).ConfigureAwait(false);
                if (!MayPass(answer.Value.Status))
                    return (answer.Value.Status, answer.Value.Body);
            }
            catch (Exception exception) when (IsTrouble(exception) && !cancellationToken.IsCancellationRequested)
            {
                trouble = exception;
            }

            var pause = _backoff.Pause(attempt, answer?.RetryAfter, _random.NextDouble());
            if (attempt > _options.MaxRetries || _time.GetElapsedTime(started) + pause > _options.RetryFor)
                return answer is { } last ? (last.Status, last.Body) : throw new AnalyticsUnreachableException(_options.BaseAddress, trouble!);
            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(HttpStatusCode Status, byte[] Body, TimeSpan? RetryAfter)> TryAsync(
        Func<HttpRequestMessage> request, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.RequestTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            using var message = request();
            using var response = await _http.SendAsync(message, either.Token).ConfigureAwait(false);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token).ConfigureAwait(false);
            var retryAfter = response.Headers.RetryAfter;
            return (response.StatusCode, body, retryAfter?.Delta ?? (retryAfter?.Date - _time.GetUtcNow()));
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {_options.RequestTimeout.TotalSeconds:0.#} s");
        }
    }

    private static bool IsSuccess(HttpStatusCode status) => (int)status is >= 200 and < 300;

    private static bool MayPass(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || (int)status >= 500;

    private static bool IsTrouble(Exception exception) => exception is HttpRequestException or IOException or TimeoutException;

    private static AnalyticsRequestException Failure(HttpStatusCode status, byte[] body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            if (problem.RootElement.ValueKind == JsonValueKind.Object)
                return new AnalyticsRequestException(status, Text(problem.RootElement, "title"), Text(problem.RootElement, "detail"));
        }
        catch (JsonException)
        {
            // A proxy's HTML page tells nothing beyond the status.
        }
        return new AnalyticsRequestException(status, null, null);

        static string? Text(JsonElement problem, string name) =>
            problem.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
