using System.Text.Json.Serialization;

namespace OrleansAnalytics.Benchmarks.Engines;

/// <summary>What a process of its own is to run.</summary>
/// <param name="Engine">One of <see cref="EngineNames"/>.</param>
/// <param name="Workload">The folder with the workload's files.</param>
/// <param name="Data">The data folder, for engines that have one.</param>
internal sealed record EngineJob(string Engine, string Workload, string Data)
{
    /// <summary>The passes of the workload.</summary>
    public IEnumerable<string> Passes => PassNames.All.Where(pass => System.IO.File.Exists(File(pass)));

    /// <summary>The rows of a pass.</summary>
    public string File(string pass) => Path.Combine(Workload, pass + ".csv");
}

/// <summary>The programs that are compared.</summary>
internal static class EngineNames
{
    /// <summary>Appends both passes to a log, without a silo. No engine of its own, but what <see cref="Ours"/> begins with.</summary>
    public const string Append = "append";

    /// <summary>The whole real path: log → every grain updated, saved and checkpointed.</summary>
    public const string Ours = "ours";

    /// <summary>Orleans as it is usually written: three awaited calls for each event, state in memory only.</summary>
    public const string AwaitedCalls = "awaited-calls";

    /// <summary>Akka.NET cluster sharding: three tells for each event, state in memory only.</summary>
    public const string Akka = "akka";

    /// <summary>pandas, if Python has it: reads the same file and groups it, with no entities at all.</summary>
    public const string Pandas = "pandas";

    /// <summary>The engines to choose from, in the order of their turns.</summary>
    public static readonly IReadOnlyList<string> All = [Ours, AwaitedCalls, Akka, Pandas];
}

/// <summary>The two passes.</summary>
internal static class PassNames
{
    public const string Cold = "cold";
    public const string Warm = "warm";
    public static readonly IReadOnlyList<string> All = [Cold, Warm];
}

/// <summary>What a process measured.</summary>
internal sealed record EngineReport
{
    public List<PassResult> Passes { get; init; } = [];

    /// <summary>The process before its first event and after its last one, both after a full collection.</summary>
    public ProcessSize Before { get; set; } = new(0, 0);

    public ProcessSize After { get; set; } = new(0, 0);

    /// <summary>Grains of users, products, categories, brands and pages that are active at the end.</summary>
    public int ActiveEntities { get; set; }
}

/// <summary>One pass, measured.</summary>
/// <param name="Pass">One of <see cref="PassNames"/>.</param>
/// <param name="Events">Events of the pass.</param>
/// <param name="AppliedSeconds">Until every grain had every event.</param>
/// <param name="Seconds">Until the engine was done; for ours until every partition's checkpoint was committed at the end of its log.</param>
/// <param name="CpuSeconds">Processor time of the process meanwhile.</param>
/// <param name="PeakBytes">The largest working set of the process so far.</param>
/// <param name="PoolWait">How long others waited for a thread of the pool, in words; null if nobody looked.</param>
internal sealed record PassResult(string Pass, long Events, double AppliedSeconds, double Seconds, double CpuSeconds, long PeakBytes, string? PoolWait = null)
{
    [JsonIgnore]
    public double EventsPerSecond => Events / Seconds;

    [JsonIgnore]
    public double CpuMicroseconds => CpuSeconds / Events * 1e6;
}

/// <summary>How much memory a process holds.</summary>
internal sealed record ProcessSize(long HeapBytes, long WorkingSetBytes)
{
    /// <summary>After a full collection that gives back what is free.</summary>
    public static ProcessSize Settled()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return new(GC.GetTotalMemory(forceFullCollection: false), Environment.WorkingSet);
    }
}
