using System.Globalization;
using System.Net;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Client;

/// <summary>
/// Sends events to an OrleansAnalytics server and asks it questions. Thread-safe; make one and keep it. Requests are repeated on network errors,
/// time-outs, 408, 429 and 5xx, and events keep their ids in repeats, so each is counted once.
/// </summary>
public sealed partial class AnalyticsClient : IDisposable
{
    private const string Events = "/v1/events";

    private readonly AnalyticsClientOptions _options;
    private readonly RetryingHttp _http;
    private readonly TimeProvider _time;
    private volatile bool _sendsJson;

    /// <summary>A client.</summary>
    /// <param name="options">Address and limits; defaults if null.</param>
    /// <param name="handler">Sends the requests; disposed with the client. Default: a pool of connections.</param>
    /// <param name="time">The clock for pauses, time-outs and ids.</param>
    /// <param name="random">Spreads the pauses.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public AnalyticsClient(
        AnalyticsClientOptions? options = null, HttpMessageHandler? handler = null, TimeProvider? time = null, Random? random = null)
    {
        _options = options ?? new AnalyticsClientOptions();
        _options.Validate();
        _sendsJson = _options.Encoding == EventEncoding.Json;
        _time = time ?? TimeProvider.System;
        _http = new RetryingHttp(_options, handler, _time, random ?? Random.Shared);
    }

    /// <summary>The server's address.</summary>
    public Uri BaseAddress => _options.BaseAddress;

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _http.Dispose();

    /// <summary>Sends events in batches, one after the other, in their order.</summary>
    /// <returns>The answers of all batches, added up.</returns>
    /// <exception cref="SendFailedException">The server refused a batch or could not be reached; says what is acknowledged.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the batch in flight may or may not have arrived.</exception>
    public async Task<SendResult> SendAsync(IEnumerable<ShopEventInput> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        var sum = SendResult.Nothing;
        var sent = 0L;
        foreach (var batch in events.Select(WithId).Chunk(_options.BatchSize))
        {
            sum = await SendBatchAsync(batch, sum, sent, cancellationToken).ConfigureAwait(false);
            sent += batch.Length;
        }
        return sum;
    }

    /// <inheritdoc cref="SendAsync(IEnumerable{ShopEventInput}, CancellationToken)"/>
    public async Task<SendResult> SendAsync(IAsyncEnumerable<ShopEventInput> events, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        var sum = SendResult.Nothing;
        var sent = 0L;
        var batch = new List<ShopEventInput>();
        await foreach (var shopEvent in events.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            batch.Add(WithId(shopEvent));
            if (batch.Count < _options.BatchSize)
                continue;
            sum = await SendBatchAsync([.. batch], sum, sent, cancellationToken).ConfigureAwait(false);
            sent += batch.Count;
            batch.Clear();
        }
        return batch.Count > 0 ? await SendBatchAsync([.. batch], sum, sent, cancellationToken).ConfigureAwait(false) : sum;
    }

    /// <summary>Sends a file as it is, in chunks of whole lines.</summary>
    /// <param name="records">The file, not compressed; read forward to its end, stays open.</param>
    /// <param name="format">Its format.</param>
    /// <param name="source">Its name, for dead letters.</param>
    /// <param name="progress">Told after each acknowledged chunk.</param>
    /// <param name="cancellationToken">Stops; the chunks in flight may or may not have arrived.</param>
    /// <inheritdoc cref="SendAsync(IEnumerable{ShopEventInput}, CancellationToken)" path="/returns"/>
    /// <exception cref="SendFailedException">The server refused a chunk or could not be reached; says how many records are acknowledged.</exception>
    /// <exception cref="InvalidDataException">A line is longer than 256 MiB.</exception>
    public Task<SendResult> UploadAsync(
        Stream records, RecordFormat format, string source, IProgress<UploadProgress>? progress = null, CancellationToken cancellationToken = default) =>
        UploadAsync(RecordChunker.ReadAsync(records, format, _options.UploadChunkBytes, cancellationToken), format, source, progress, cancellationToken);

    /// <summary>Sends chunks of a file while they are made. A chunk is made while the one before it is on its way.</summary>
    /// <inheritdoc cref="UploadAsync(Stream, RecordFormat, string, IProgress{UploadProgress}?, CancellationToken)"/>
    public async Task<SendResult> UploadAsync(
        IAsyncEnumerable<RecordChunk> chunks, RecordFormat format, string source, IProgress<UploadProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        ArgumentException.ThrowIfNullOrEmpty(source);
        var upload = new Upload(progress);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await foreach (var chunk in chunks.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                while (upload.InFlight >= _options.UploadsInFlight)
                    await upload.AcknowledgeOldestAsync().ConfigureAwait(false);
                upload.Add(chunk, PostChunkAsync(chunk, format, source, stop.Token));
            }
            while (upload.InFlight > 0)
                await upload.AcknowledgeOldestAsync().ConfigureAwait(false);
            return upload.Sum;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            // The source broke off: what was read before it is still worth an answer.
            while (upload.InFlight > 0)
                await upload.AcknowledgeOldestAsync().ConfigureAwait(false);
            throw;
        }
        catch (Exception exception) when (exception is AnalyticsRequestException or AnalyticsUnreachableException)
        {
            throw new SendFailedException(upload.Sum, upload.Acknowledged, [], exception);
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await upload.DrainAsync().ConfigureAwait(false);
        }
    }

    private ShopEventInput WithId(ShopEventInput shopEvent) =>
        string.IsNullOrEmpty(shopEvent.EventId) ? shopEvent with { EventId = Guid.CreateVersion7(_time.GetUtcNow()).ToString() } : shopEvent;

    private async Task<SendResult> SendBatchAsync(ShopEventInput[] batch, SendResult sum, long sent, CancellationToken cancellationToken)
    {
        try
        {
            return sum.Plus(ReadResult(await PostBatchAsync(batch, cancellationToken).ConfigureAwait(false)), sent);
        }
        catch (Exception exception) when (exception is AnalyticsRequestException or AnalyticsUnreachableException)
        {
            throw new SendFailedException(sum, sent, batch, exception);
        }
    }

    private async Task<byte[]> PostBatchAsync(ShopEventInput[] batch, CancellationToken cancellationToken)
    {
        if (!_sendsJson)
        {
            try
            {
                return await _http.PostAsync(Events, EventRecords.Write(batch), BinaryEvents.MediaType, cancellationToken).ConfigureAwait(false);
            }
            catch (AnalyticsRequestException exception) when (exception.Status == HttpStatusCode.UnsupportedMediaType)
            {
                // An older server took nothing of it; the same events with the same ids go as JSON.
                _sendsJson = true;
            }
        }
        return await _http.PostAsync(Events, EventLines.Write(batch), "application/x-ndjson", cancellationToken).ConfigureAwait(false);
    }

    private async Task<SendResult> PostChunkAsync(RecordChunk chunk, RecordFormat format, string source, CancellationToken cancellationToken)
    {
        var path = string.Create(
            CultureInfo.InvariantCulture, $"{Events}?source={Uri.EscapeDataString(source)}&first_record={chunk.FirstRecord}");
        var mediaType = format == RecordFormat.Csv ? "text/csv" : "application/x-ndjson";
        return ReadResult(await _http.PostAsync(path, chunk.Body, mediaType, cancellationToken).ConfigureAwait(false));
    }

    private static SendResult ReadResult(byte[] answer)
    {
        var result = Answer.Read(answer, WireJson.Default.SendResult);
        return result.Rejected is null ? result with { Rejected = [] } : result;
    }
}
