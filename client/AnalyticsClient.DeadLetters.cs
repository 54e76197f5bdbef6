using System.Globalization;
using System.Text.Json;

namespace OrleansAnalytics.Client;

/// <content>Dead letters. All throw <see cref="AnalyticsRequestException"/> or <see cref="AnalyticsUnreachableException"/> when there is no answer.</content>
public sealed partial class AnalyticsClient
{
    private const string DeadLetters = "/v1/dead-letters";

    /// <summary>Dead letters by id.</summary>
    /// <param name="after">Those after this id: <see cref="DeadLetterPage.Next"/> of the page before; null for the first page.</param>
    /// <param name="limit">At most so many; null for the server's default.</param>
    /// <param name="reason">Only with this reason: <c>bad_time</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<DeadLetterPage> GetDeadLettersAsync(
        string? after = null, int? limit = null, string? reason = null, CancellationToken cancellationToken = default) =>
        GetDeadLettersAsync(new DeadLetterFilter { Reason = reason }, after, limit, cancellationToken);

    /// <summary>Dead letters by id.</summary>
    /// <param name="filter">Which ones.</param>
    /// <param name="after">Those after this id: <see cref="DeadLetterPage.Next"/> of the page before; null for the first page.</param>
    /// <param name="limit">At most so many; null for the server's default.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<DeadLetterPage> GetDeadLettersAsync(
        DeadLetterFilter filter, string? after = null, int? limit = null, CancellationToken cancellationToken = default)
    {
        var body = await _http.GetAsync(DeadLetters + Page(filter, after, limit), false, cancellationToken).ConfigureAwait(false);
        return Answer.Read(body!, WireJson.Default.DeadLetterPage);
    }

    /// <summary>One dead letter, or null if there is none: it was replayed or dropped, or has expired.</summary>
    public Task<DeadLetterRecord?> GetDeadLetterAsync(string id, CancellationToken cancellationToken = default) =>
        FindAsync($"{DeadLetters}/{Segment(id)}", WireJson.Default.DeadLetterRecord, cancellationToken);

    /// <summary>Gives the record of a dead letter to the server's door again. However often, it is counted once.</summary>
    /// <param name="id">The letter.</param>
    /// <param name="corrected">
    /// What to take instead of what was kept: a JSON object, or a CSV header and a line, or a line alone; null takes what was kept.
    /// </param>
    /// <param name="cancellationToken">Gives up; it may or may not be replayed.</param>
    /// <returns>What became of it; null if there is no such letter, as when it was replayed by a try whose answer was lost.</returns>
    public async Task<ReplayedDeadLetter?> ReplayDeadLetterAsync(string id, ReadOnlyMemory<byte>? corrected = null, CancellationToken cancellationToken = default)
    {
        var path = $"{DeadLetters}/{Segment(id)}/replay";
        var answer = await _http.AskAsync(HttpMethod.Post, path, corrected ?? default, "application/octet-stream", true, cancellationToken).ConfigureAwait(false);
        return answer is null ? null : Answer.Read(answer, WireJson.Default.ReplayedDeadLetter);
    }

    /// <summary>Replays the letters with these ids, at most 1,000.</summary>
    public async Task<ReplayResult> ReplayDeadLettersAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var body = JsonSerializer.SerializeToUtf8Bytes(new ReplayIds([.. ids]), WireJson.Default.ReplayIds);
        return Answer.Read(await _http.PostAsync($"{DeadLetters}/replay", body, "application/json", cancellationToken).ConfigureAwait(false), WireJson.Default.ReplayResult);
    }

    /// <summary>Replays a page of the letters of a filter; an empty filter means all.</summary>
    /// <param name="filter">Which ones.</param>
    /// <param name="after">Those after this id: <see cref="ReplayResult.Next"/> of the page before; null for the first page.</param>
    /// <param name="limit">At most so many; null for the server's default.</param>
    /// <param name="cancellationToken">Gives up; some may or may not be replayed.</param>
    public async Task<ReplayResult> ReplayDeadLettersAsync(
        DeadLetterFilter filter, string? after = null, int? limit = null, CancellationToken cancellationToken = default)
    {
        var path = $"{DeadLetters}/replay{Page(filter, after, limit, ("all", "true"))}";
        return Answer.Read(await _http.PostAsync(path, default, "application/json", cancellationToken).ConfigureAwait(false), WireJson.Default.ReplayResult);
    }

    /// <summary>Drops a dead letter for good.</summary>
    /// <returns>False if there is no such letter.</returns>
    public async Task<bool> DropDeadLetterAsync(string id, CancellationToken cancellationToken = default) =>
        await _http.AskAsync(HttpMethod.Delete, $"{DeadLetters}/{Segment(id)}", null, "", true, cancellationToken).ConfigureAwait(false) is not null;

    /// <summary>Drops a page of the letters of a filter for good.</summary>
    /// <param name="filter">Which ones; not empty.</param>
    /// <param name="after">Those after this id: <see cref="DropResult.Next"/> of the page before; null for the first page.</param>
    /// <param name="limit">At most so many; null for the server's default.</param>
    /// <param name="cancellationToken">Gives up; some may or may not be dropped.</param>
    public async Task<DropResult> DropDeadLettersAsync(
        DeadLetterFilter filter, string? after = null, int? limit = null, CancellationToken cancellationToken = default)
    {
        var answer = await _http.AskAsync(HttpMethod.Delete, DeadLetters + Page(filter, after, limit), null, "", false, cancellationToken).ConfigureAwait(false);
        return Answer.Read(answer!, WireJson.Default.DropResult);
    }

    private static string Page(DeadLetterFilter filter, string? after, int? limit, (string Name, string? Value) more = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Query(
            ("after", after),
            ("limit", limit?.ToString(CultureInfo.InvariantCulture)),
            ("reason", filter.Reason),
            ("source", filter.Source),
            ("partition", filter.Partition?.ToString(CultureInfo.InvariantCulture)),
            ("from", Text(filter.From)),
            ("to", Text(filter.To)),
            more);
    }
}
