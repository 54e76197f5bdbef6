using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>Events as the log has them, for files of the lake.</summary>
internal static class EncodedEvents
{
    /// <summary>An event as a batch holds it.</summary>
    public static EncodedEvent Of(long position, ShopEvent shopEvent)
    {
        var writer = new EventBatchWriter();
        writer.Add(shopEvent);
        var read = new List<EncodedEvent>();
        EventBatchReader.ReadEncoded(new LogBatch(position, 1, 0, writer.Build().Bytes), after: 0, read);
        return read[0];
    }

    /// <summary>Adds an event.</summary>
    public static void Add(this ILakeFileWriter file, long position, ShopEvent shopEvent) => file.Add(Of(position, shopEvent));
}
