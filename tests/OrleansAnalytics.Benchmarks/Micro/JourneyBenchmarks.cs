using System.Buffers;
using BenchmarkDotNet.Attributes;
using OrleansAnalytics.Events;
using OrleansAnalytics.Journeys;

namespace OrleansAnalytics.Benchmarks.Micro;

/// <summary>What a user's grain does with events.</summary>
public class JourneyBenchmarks
{
    private readonly List<LogEntry>[] _users = [.. ShopBatches.Entries().GroupBy(entry => entry.Event!.UserId).Select(group => group.ToList())];
    private readonly ArrayBufferWriter<byte> _output = new();
    private JourneyFold[] _folds = [];

    [GlobalSetup(Target = nameof(Encode))]
    public void FoldAll()
    {
        // As many as figures are divided by, so each journey several times.
        var folds = _users.Select(FoldOne).ToArray();
        _folds = [.. Enumerable.Range(0, ShopBatches.Events).Select(one => folds[one % folds.Length])];
    }

    [Benchmark(Description = "Event folded into its journey, new ones included", OperationsPerInvoke = ShopBatches.Events)]
    public int Fold()
    {
        var folds = 0;
        foreach (var user in _users)
        {
            folds += FoldOne(user).IsEmpty ? 0 : 1;
        }

        return folds;
    }

    [Benchmark(Description = "Journey encoded", OperationsPerInvoke = ShopBatches.Events)]
    public int Encode()
    {
        var bytes = 0;
        foreach (var fold in _folds)
        {
            _output.ResetWrittenCount();
            fold.WriteTo(_output);
            bytes += _output.WrittenCount;
        }

        return bytes;
    }

    private static JourneyFold FoldOne(List<LogEntry> events)
    {
        var fold = new JourneyFold(Options);
        foreach (var entry in events)
        {
            fold.Fold(entry.Event!, entry.Position);
        }

        return fold;
    }

    private static readonly JourneyOptions Options = new();
}
