using System.Text;
using OrleansAnalytics.Generator;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>Different events of a generated shop, made beforehand and sent as CSV at a steady rate.</summary>
internal sealed class PacedLoad
{
    private const int BatchesASecond = 20;
    private const int MostUnderWay = 8;

    private readonly List<Batch> _batches = [];
    private readonly TaskCompletionSource _almostOver = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes the events.</summary>
    /// <param name="rate">Events a second.</param>
    /// <param name="seconds">For how long.</param>
    public PacedLoad(int rate, int seconds)
    {
        var perBatch = Math.Max(1, rate / BatchesASecond);
        using var reader = new StreamReader(new ShopGenerator(new GeneratorOptions { Events = (long)rate * seconds, Seed = 7, Dirt = false }).OpenCsv());
        var header = reader.ReadLine()!;
        var user = Array.IndexOf(header.Split(','), "user_id");
        var known = new HashSet<string>(StringComparer.Ordinal);
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var text = new StringBuilder();
        var (rows, first) = (0, 1L);
        while (reader.ReadLine() is { } line)
        {
            if (!known.Add(line))
            {
                continue;
            }

            var key = line.Split(',')[user];
            counts[key] = counts.GetValueOrDefault(key) + 1;
            text.Append(rows == 0 ? header + "\n" : "").Append(line).Append('\n');
            if (++rows == perBatch)
            {
                Cut();
            }
        }

        Cut();
        (Events, EventsOfUsers) = (known.Count, counts);

        void Cut()
        {
            if (rows > 0)
            {
                _batches.Add(new Batch(Encoding.UTF8.GetBytes(text.ToString()), first, rows));
                text.Clear();
                (rows, first) = (0, first + rows);
            }
        }
    }

    /// <summary>Different events.</summary>
    public long Events { get; }

    /// <summary>How many of them are each user's.</summary>
    public IReadOnlyDictionary<string, long> EventsOfUsers { get; }

    /// <summary>Completes when the last second of the load begins.</summary>
    public Task AlmostOver => _almostOver.Task;

    /// <summary>Sends everything, to one node after the other, also to one that is gone by then; answers how many events were acknowledged.</summary>
    public async Task<long> SendAsync(params IReadOnlyList<ServedNode> nodes)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / BatchesASecond));
        using var room = new SemaphoreSlim(MostUnderWay);
        var sending = new List<Task>();
        for (var number = 0; number < _batches.Count; number++)
        {
            if (number >= _batches.Count - BatchesASecond)
            {
                _almostOver.TrySetResult();
            }

            await beat.WaitForNextTickAsync();
            await room.WaitAsync();
            sending.Add(SendAsync(nodes[number % nodes.Count], _batches[number], room));
        }

        await Task.WhenAll(sending);
        return _batches.Where(batch => batch.Acknowledged).Sum(batch => (long)batch.Rows);
    }

    /// <summary>Sends what was never acknowledged, as its producers would.</summary>
    public async Task SendUnacknowledgedAsync(ServedNode node)
    {
        foreach (var batch in _batches.Where(batch => !batch.Acknowledged))
        {
            batch.Acknowledged = await node.SendAsync(batch.Csv, batch.First);
        }
    }

    private static async Task SendAsync(ServedNode node, Batch batch, SemaphoreSlim room)
    {
        batch.Acknowledged = await node.SendAsync(batch.Csv, batch.First);
        room.Release();
    }

    private sealed record Batch(byte[] Csv, long First, int Rows)
    {
        public bool Acknowledged { get; set; }
    }
}
