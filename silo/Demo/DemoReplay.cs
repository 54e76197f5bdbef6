using System.Diagnostics;
using OrleansAnalytics.Generator;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Demo;

/// <summary>Brings the events in at full speed and waits until every grain has them.</summary>
internal sealed class DemoReplay(EventDoor door, PartitionStatuses statuses, DemoOptions options)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>Replays; cancelling stops between two batches and leaves what was acknowledged.</summary>
    public async Task<ReplayOutcome> RunAsync(DemoProgress progress, CancellationToken cancellationToken)
    {
        var before = SiteStatus.Of(await statuses.GetAsync()).Totals;
        var started = Stopwatch.GetTimestamp();
        await using var source = Open(out var name, out var bytes);
        using var session = door.Begin(name);
        var reading = EventSource.ReadAsync(source, null, session, progress: new Progress(done => progress.Read(done, bytes)), cancellationToken: cancellationToken).AsTask();
        while (true)
        {
            var acknowledged = reading.IsCompleted;
            var now = SiteStatus.Of(await statuses.GetAsync()).Totals;
            progress.Applied(now.Applied - before.Applied, now.End - before.End, acknowledged);
            if (reading.IsFaulted || reading.IsCanceled || (acknowledged && now.Lag == 0))
            {
                break;
            }

            await Task.WhenAny(Task.Delay(PollEvery, cancellationToken), acknowledged ? Task.Delay(PollEvery, cancellationToken) : reading);
            cancellationToken.ThrowIfCancellationRequested();
        }

        var broken = await reading;
        return new ReplayOutcome(session.Result.Received, Stopwatch.GetElapsedTime(started), broken);
    }

    private Stream Open(out string name, out long? bytes)
    {
        if (options.File is { } file)
        {
            name = file.Name;
            // Progress counts unpacked bytes, which a packed file does not tell.
            bytes = file.Extension.Equals(".gz", StringComparison.OrdinalIgnoreCase) ? null : file.Length;
            return file.OpenRead();
        }

        name = $"generated-{options.Seed}";
        bytes = null;
        return new ShopGenerator(new GeneratorOptions { Events = options.Events, Seed = options.Seed }).OpenCsv();
    }

    private sealed class Progress(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}

/// <summary>How a replay went.</summary>
/// <param name="Received">Records read.</param>
/// <param name="Took">From the first byte to the last grain.</param>
/// <param name="Broken">Where the source broke off, if it did.</param>
internal sealed record ReplayOutcome(long Received, TimeSpan Took, SourceBreak? Broken);
