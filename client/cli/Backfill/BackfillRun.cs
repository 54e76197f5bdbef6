using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using OrleansAnalytics.Client;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Backfill;
using Spectre.Console;

namespace OrleansAnalytics.Cli;

/// <summary>Sends imports hour by hour, and notes after each request how far the log has them.</summary>
internal sealed class BackfillRun(AnalyticsClient client, AnalyticsClient patient, LakeFolder lake, LakeBackfill backfill, BackfillPlan plan, TimeProvider time)
{
    /// <summary>How long the server may take to bring its lake up.</summary>
    public static readonly TimeSpan LongestLakeWrite = TimeSpan.FromMinutes(10);

    // What may be sent twice after a kill: far less than a partition's deduplicator remembers.
    private const int EventsOfARequest = 5_000;

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(200);

    private readonly long _began = time.GetTimestamp();

    /// <summary>Events that the server has acknowledged.</summary>
    public long Events { get; private set; }

    /// <summary>Hours that are through.</summary>
    public long Hours { get; private set; }

    /// <summary>Events that the server has put to its dead letters.</summary>
    public long Rejected { get; private set; }

    /// <summary>It was stopped, and there is more to do.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Does it all.</summary>
    /// <param name="task">The bar; null writes a line for each hour.</param>
    /// <param name="stop">Lets the request in flight finish, and ends.</param>
    public async Task RunAsync(ProgressTask? task, CancellationToken stop)
    {
        await CheckServerAsync(stop);
        if (await WaitForCompactionAsync(backfill.Resume, stop) is { } begun)
        {
            if (task is not null)
                task.Description = $"going on with {begun.Name}";
            await SendAsync(begun, task, stop);
        }

        var sources = Sources();
        var hours = backfill.Hours(sources, plan.From, plan.To);
        if (task is not null)
            (task.MaxValue, task.Value) = (Math.Max(1, hours.Count), 0);
        foreach (var folder in hours)
        {
            if (IsStopped || stop.IsCancellationRequested)
            {
                IsStopped = true;
                return;
            }

            if (await WaitForCompactionAsync(() => backfill.Take(folder, sources), stop) is { } hour)
                await SendAsync(hour, task, stop);
            task?.Increment(1);
        }

        await AppliedAsync(stop);
        await patient.WriteLakeAsync(stop);
    }

    /// <summary>The server must write into this very lake: else what is taken out of it would be missing there, and doubled elsewhere.</summary>
    private async Task CheckServerAsync(CancellationToken stop)
    {
        var before = await patient.WriteLakeAsync(stop);
        var manifests = lake.Read();
        var after = await patient.WriteLakeAsync(stop);
        var answer = await patient.QueryLakeAsync(new LakeQuestion("SELECT DISTINCT source FROM ingested", Cut: false), cancellationToken: stop);
        using var known = JsonDocument.Parse(answer);
        var names = known.RootElement.EnumerateArray().Select(row => row.GetProperty("source").GetString()).ToHashSet(StringComparer.Ordinal);
        var isOurs = after.All(partition => manifests.FirstOrDefault(manifest => manifest.Source == LakeManifest.SourceOf(partition.Key))?.Through is var through
            && (through ?? 0) >= before[partition.Key] && (through ?? 0) <= partition.Value);
        if (!isOurs || !manifests.All(manifest => names.Contains(manifest.Source)))
            throw new InvalidDataException($"the server {client.BaseAddress} writes to another lake than {lake.Root}");
    }

    private HashSet<string> Sources()
    {
        var imports = lake.Read().Select(manifest => manifest.Source).Where(LakeBackfill.IsImport).ToList();
        if (plan.Sources.Count == 0)
            return [.. imports];
        return [.. plan.Sources.Select(asked => imports.Where(source => source.StartsWith(asked, StringComparison.Ordinal)).ToList() switch
        {
            [var one] => one,
            [] => throw new ArgumentException($"the lake has no import {asked}"),
            _ => throw new ArgumentException($"{asked} may be more than one import"),
        })];
    }

    private async Task SendAsync(BackfillHour hour, ProgressTask? task, CancellationToken stop)
    {
        var progress = new Noted(this, hour, task);
        try
        {
            await client.UploadAsync(ChunksAsync(hour, stop), RecordFormat.JsonLines, $"backfill {hour.Name}", progress, CancellationToken.None);
        }
        catch (SendFailedException failed)
        {
            throw new IOException($"{hour.Name}: {CommandLine.Explain(failed)} Repeat the command later: it goes on where it was.");
        }

        Rejected += progress.Rejected;
        if (progress.Hour.Sent < hour.Rows)
        {
            IsStopped = true;
            return;
        }

        backfill.Finish();
        Hours++;
        if (task is null)
            await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{hour.Name}: {hour.Rows:N0} events, {Speed():N0} events/s so far"));
    }

    private async IAsyncEnumerable<RecordChunk> ChunksAsync(BackfillHour hour, CancellationToken stop, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var next = hour.Sent + 1;
        foreach (var events in backfill.Events(hour).Chunk(EventsOfARequest))
        {
            // When what was sent before, and this, should have taken at this rate.
            var due = TimeSpan.FromSeconds((Events + (next - hour.Sent - 1) + events.Length) / plan.Rate) - time.GetElapsedTime(_began);
            if (due > TimeSpan.Zero)
                await Task.Delay(due, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested || cancellationToken.IsCancellationRequested)
                yield break;
            yield return new RecordChunk(EventLines.Write([.. events.Select(Input)]), next, events.Length);
            next += events.Length;
        }
    }

    private static ShopEventInput Input(BackfillEvent one) => new()
    {
        EventTime = one.Time,
        Kind = one.Kind,
        UserId = one.UserId,
        SessionKey = one.SessionKey,
        ProductId = one.ProductId,
        CategoryId = one.CategoryId,
        CategoryCode = one.CategoryCode,
        Brand = one.Brand,
        Price = one.Price,
        Quantity = one.Quantity,
        Url = one.Url,
        Duration = TimeSpan.FromMilliseconds(one.DurationMs),
        EventId = one.EventId,
    };

    /// <summary>Waits until the partitions have applied what is in the log now.</summary>
    private async Task AppliedAsync(CancellationToken stop)
    {
        var ends = (await client.GetStatusAsync(stop)).Partitions.ToDictionary(partition => partition.Partition, partition => partition.End);
        while ((await client.GetStatusAsync(stop)).Partitions.Any(partition => partition.Applied < ends[partition.Partition]))
            await Task.Delay(LookAgain, time, stop);
    }

    /// <summary>Compactions hold the lake's manifest for some hours' work at a time.</summary>
    private async Task<T> WaitForCompactionAsync<T>(Func<T> work, CancellationToken stop)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return work();
            }
            catch (LakeBusyException) when (time.GetElapsedTime(began) < LongestLakeWrite)
            {
                await Task.Delay(LookAgain, time, stop);
            }
        }
    }

    private BackfillHour Acknowledge(BackfillHour hour, long sent) => backfill.Acknowledge(hour, sent);

    private double Speed() => Events / Math.Max(1e-3, time.GetElapsedTime(_began).TotalSeconds);

    /// <summary>Notes each acknowledged request before the next one goes.</summary>
    private sealed class Noted(BackfillRun run, BackfillHour hour, ProgressTask? task) : IProgress<UploadProgress>
    {
        private readonly long _before = run.Events;
        private readonly long _sentBefore = hour.Sent;

        public BackfillHour Hour { get; private set; } = hour;

        public long Rejected { get; private set; }

        public void Report(UploadProgress value)
        {
            Hour = run.Acknowledge(Hour, _sentBefore + value.AcknowledgedRecords);
            run.Events = _before + value.AcknowledgedRecords;
            Rejected = value.Acknowledged.RejectedTotal;
            if (task is not null)
                task.Description = string.Create(CultureInfo.InvariantCulture, $"{Hour.Name}: {run.Events:N0} events, {run.Speed():N0} events/s");
        }
    }
}
