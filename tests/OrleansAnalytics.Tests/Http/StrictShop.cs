using Microsoft.Extensions.DependencyInjection;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Tests.Http;

/// <summary>A node with low limits, which a restart may lift.</summary>
internal sealed class StrictShop : ServedShop
{
    public const int Partitions = 2;
    public const int Kept = 20;

    private ForgetfulLetters? _letters;

    public int MaxIdLength { get; set; } = 16;

    public ForgetfulLetters Letters => _letters!;

    protected override IReadOnlyList<string> Configuration =>
    [
        "--Log:Partitions", $"{Partitions}", "--Ingest:MaxIdLength", $"{MaxIdLength}", "--Ingest:MaxRecordBytes", "1024", "--Ingest:MaxDeadLetterBytes", "512",
        "--Ingest:DeadLettersKept", $"{Kept}", "--Ingest:DeadLetterSweepEvery", "00:00:00.1", "--Partitions:CheckpointEvery", "00:00:00.2",
    ];

    protected override void Change(IServiceCollection services) =>
        services.AddSingleton<IDeadLetterStore>(provider => _letters = new ForgetfulLetters(ActivatorUtilities.CreateInstance<RocksDbDeadLetterStore>(provider)));
}

/// <summary>A store that dies before it removes anything, for as long as the test says.</summary>
internal sealed class ForgetfulLetters(IDeadLetterStore store) : IDeadLetterStore
{
    public bool FailsToRemove { get; set; }

    public ValueTask PutAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken = default) => store.PutAsync(letters, cancellationToken);

    public ValueTask<IReadOnlyList<DeadLetter>> ListAsync(DeadLetterQuery query, CancellationToken cancellationToken = default) => store.ListAsync(query, cancellationToken);

    public ValueTask<DeadLetter?> FindAsync(DeadLetterKey key, CancellationToken cancellationToken = default) => store.FindAsync(key, cancellationToken);

    public ValueTask<int> RemoveAsync(IReadOnlyList<DeadLetterKey> keys, CancellationToken cancellationToken = default) =>
        FailsToRemove ? throw new IOException("the disk is gone") : store.RemoveAsync(keys, cancellationToken);

    public ValueTask<DeadLetterTotals> TrimAsync(int partition, long safeThrough, DeadLetterBounds bounds, CancellationToken cancellationToken = default) =>
        store.TrimAsync(partition, safeThrough, bounds, cancellationToken);
}
