using System.Text;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Generator;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Benchmarks.Micro;

/// <summary>The shop's events in the forms that the steps take.</summary>
internal static class ShopBatches
{
    /// <summary>Events of a measured operation; figures are divided by it.</summary>
    public const int Events = 65_536;

    /// <summary>As CSV.</summary>
    public static byte[] Csv()
    {
        using var text = new MemoryStream();
        new ShopGenerator(new GeneratorOptions { Events = Events, Dirt = false }).WriteCsv(text);
        return text.ToArray();
    }

    /// <summary>As the door has appended them to the only partition of a log.</summary>
    public static IReadOnlyList<LogBatch> Batches()
    {
        var log = new InMemoryEventLog(new EventLogOptions { Partitions = 1 }, TimeProvider.System);
        using var door = new EventDoor(log, Options.Create(new IngestOptions()), TimeProvider.System);
        using var session = door.Begin("micro");
        EventSource.ReadAsync(new MemoryStream(Csv()), RecordFormat.Csv, session).AsTask().GetAwaiter().GetResult();
        return log.ReadAsync(0, 0, int.MaxValue).AsTask().GetAwaiter().GetResult();
    }

    /// <summary>As a partition has decoded them.</summary>
    public static List<LogEntry> Entries()
    {
        var entries = new List<LogEntry>();
        var texts = new EventTexts();
        foreach (var batch in Batches())
        {
            EventBatchReader.Read(batch, 0, texts, entries);
        }

        return entries;
    }

    /// <summary>The lines of <see cref="Csv"/>, without line ends; the header is the first.</summary>
    public static ReadOnlyMemory<byte>[] Lines() =>
        [.. Encoding.UTF8.GetString(Csv()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(line)))];
}
