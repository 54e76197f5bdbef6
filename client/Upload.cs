namespace OrleansAnalytics.Client;

/// <summary>How far an upload is.</summary>
/// <param name="AcknowledgedRecords">So many records from the beginning are acknowledged without a hole.</param>
/// <param name="Acknowledged">The answers so far, added up.</param>
public sealed record UploadProgress(long AcknowledgedRecords, SendResult Acknowledged);

/// <summary>Chunks on their way, acknowledged in their order.</summary>
internal sealed class Upload(IProgress<UploadProgress>? progress)
{
    private readonly Queue<(RecordChunk Chunk, Task<SendResult> Answer)> _inFlight = new();

    public int InFlight => _inFlight.Count;

    public long Acknowledged { get; private set; }

    public SendResult Sum { get; private set; } = SendResult.Nothing;

    public void Add(RecordChunk chunk, Task<SendResult> answer) => _inFlight.Enqueue((chunk, answer));

    public async Task AcknowledgeOldestAsync()
    {
        var (chunk, answer) = _inFlight.Peek();
        Sum = Sum.Plus(await answer.ConfigureAwait(false), chunk.FirstRecord - 1);
        _inFlight.Dequeue();
        Acknowledged += chunk.Records;
        progress?.Report(new UploadProgress(Acknowledged, Sum));
    }

    /// <summary>Waits until nothing is on its way any more; what it becomes of it does not matter.</summary>
    public async Task DrainAsync()
    {
        foreach (var (_, answer) in _inFlight)
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _inFlight.Clear();
    }
}
