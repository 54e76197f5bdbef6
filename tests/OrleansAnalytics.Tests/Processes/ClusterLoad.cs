using System.Text;
using OrleansAnalytics.Tests.Cluster;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>A producer that goes through a shop's rows from batch to batch and sends each to one silo after the other until one has acknowledged it.</summary>
internal sealed class ClusterLoad(GeneratedFile shop, Func<IReadOnlyList<ServedNode>> nodes)
{
    private const int RowsOfABatch = 40;
    private const int BatchesASecond = 20;

    private int _turn;
    private volatile bool _hurry;

    /// <summary>Tries that were not acknowledged: the batch was sent again.</summary>
    public int Repeats { get; private set; }

    /// <summary>Sends everything, at a steady pace until it is told to hurry.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / BatchesASecond));
        for (var from = 0; from < shop.Rows;)
        {
            var rows = Math.Min(_hurry ? RowsOfABatch * 10 : RowsOfABatch, shop.Rows - from);
            var csv = Encoding.UTF8.GetBytes(string.Join('\n', [shop.Lines[0], .. shop.Lines.Skip(1 + from).Take(rows)]));
            while (!await TryAsync(csv, from + 1))
            {
                Repeats++;
                await beat.WaitForNextTickAsync(cancellationToken);
            }

            from += rows;
            if (!_hurry)
            {
                await beat.WaitForNextTickAsync(cancellationToken);
            }
        }
    }

    /// <summary>The rest at once: nothing more will happen meanwhile.</summary>
    public void Hurry() => _hurry = true;

    private async Task<bool> TryAsync(byte[] csv, long firstRecord)
    {
        var running = nodes();
        try
        {
            return running.Count > 0 && await running[_turn++ % running.Count].SendAsync(csv, firstRecord);
        }
        catch (ObjectDisposedException)
        {
            // The silo has ended since it was asked for.
            return false;
        }
    }
}
