namespace OrleansAnalytics.Events;

/// <summary>Divides a batch that is too large for a log into smaller ones with the same entries in the same order.</summary>
public static class EventBatchDivider
{
    /// <summary>The batch itself if it is small enough, else as few batches as it takes.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="maxBytes">What each may have.</param>
    /// <param name="maxCount">Entries that each may have.</param>
    /// <exception cref="ArgumentException">One entry alone is larger.</exception>
    /// <exception cref="Formats.DamagedFormatException">It is no batch of <see cref="EventBatchWriter"/>.</exception>
    public static IReadOnlyList<EncodedBatch> Divide(EncodedBatch batch, int maxBytes, int maxCount = int.MaxValue)
    {
        if (batch.Bytes.Length <= maxBytes && batch.Count <= maxCount)
        {
            return [batch];
        }

        var bytes = batch.Bytes.Span;
        var ends = EventBatchReader.EntryEnds(bytes);
        var parts = new List<EncodedBatch>();
        for (var first = 0; first < ends.Length - 1;)
        {
            var next = first;
            while (next < ends.Length - 1 && next - first < maxCount && EventBatchWriter.HeaderBytes + ends[next + 1] - ends[first] <= maxBytes)
            {
                next++;
            }

            if (next == first)
            {
                throw new ArgumentException($"an entry has {ends[first + 1] - ends[first]} bytes; a batch may have {maxBytes}", nameof(batch));
            }

            parts.Add(EventBatchWriter.Assemble(bytes[0], bytes[ends[first]..ends[next]], next - first));
            first = next;
        }

        return parts;
    }
}
