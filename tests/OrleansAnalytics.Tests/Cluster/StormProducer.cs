using OrleansAnalytics.Events;

namespace OrleansAnalytics.Tests.Cluster;

/// <summary>
/// Sends rows in small batches, one after the other, each again and again until it is acknowledged. Now and then it also repeats what was acknowledged
/// already, as a producer does that has lost the answer.
/// </summary>
/// <param name="source">Its name.</param>
/// <param name="header">The columns.</param>
/// <param name="rows">What it sends, in this order.</param>
/// <param name="random">Cuts batches and decides on repeats.</param>
internal sealed class StormProducer(string source, string header, IReadOnlyList<string> rows, Random random)
{
    private const int LargestBatch = 16;
    private const int RepeatOneIn = 10;

    /// <summary>Rows sent, repeats included.</summary>
    public long Sent { get; private set; }

    /// <summary>Sends everything: a batch at each beat, and without a pause once <paramref name="hurry"/> is cancelled.</summary>
    public async Task SendAllAsync(ShopCluster shop, TimeSpan beat, CancellationToken hurry)
    {
        using var beats = new PeriodicTimer(beat);
        for (var next = 0; next < rows.Count;)
        {
            string[] batch = [.. rows.Skip(next).Take(random.Next(1, LargestBatch))];
            for (var repeats = random.Next(RepeatOneIn) == 0 ? 2 : 1; repeats > 0; repeats--)
            {
                await SendAsync(shop, batch, firstRecord: next + 1);
            }

            next += batch.Length;
            await BeatAsync(beats, hurry);
        }
    }

    private async Task SendAsync(ShopCluster shop, string[] batch, long firstRecord)
    {
        while (true)
        {
            try
            {
                Sent += batch.Length;
                await shop.SendLinesAsync([header, .. batch], source, firstRecord);
                return;
            }
            catch (EventLogUnavailableException)
            {
                // Not acknowledged: the same rows again.
            }
        }
    }

    private static async Task BeatAsync(PeriodicTimer beats, CancellationToken hurry)
    {
        try
        {
            await beats.WaitForNextTickAsync(hurry);
        }
        catch (OperationCanceledException)
        {
            // The storm is over.
        }
    }
}
