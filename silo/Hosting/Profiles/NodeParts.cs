using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.PostgreSql;
using OrleansAnalytics.Redis;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>Everything that can be plugged in. A further store, log, sink or membership is one line here.</summary>
internal static class NodeParts
{
    private const string LakeCache = "lake-cache";
    private const string LakeCompaction = "lake-compaction";

    /// <summary>The state of entities, checkpoints and dead letters.</summary>
    public static NodePart State { get; } = new(
        "Storage:State",
        new NodeKind("rocksdb", node => node.Services.AddRocksDbState(node.DataFolder)),
        new NodeKind("postgres", node => node.Services.AddPostgreSqlState()) { IsShared = true },
        new NodeKind("azure-tables", node => node.Services.AddAzureTableState()) { IsShared = true });

    /// <summary>The event log.</summary>
    public static NodePart Log { get; } = new(
        "Log:Kind",
        new NodeKind("rocksdb", node => node.Services.AddRocksDbLog(node.DataFolder)),
        new NodeKind("kafka", node => node.Services.AddKafkaEventLog()) { IsShared = true });

    /// <summary>Where the files of the lake go.</summary>
    public static NodePart Lake { get; } = new(
        "Lake:Kind",
        new NodeKind("directory", node => node.Services.AddDirectoryLake()),
        new NodeKind("azure-blobs", node => node.Services.AddAzureBlobLake(Path.Combine(node.DataFolder, LakeCache), Path.Combine(node.DataFolder, LakeCompaction))) { IsShared = true });

    /// <summary>Where snapshots go, of reports and of closed periods.</summary>
    public static NodePart Reports { get; } = new(
        "Reports:Kind",
        new NodeKind("directory", node => node.Services.AddDirectoryReports(node.DataFolder).AddDirectorySnapshots(node.DataFolder)),
        new NodeKind("azure-blobs", node => node.Services.AddAzureBlobReports()) { IsShared = true });

    /// <summary>Membership of silos, and reminders.</summary>
    public static NodePart Cluster { get; } = new(
        "Cluster:Kind",
        new NodeKind("localhost", _ => { }) { AddToSilo = LocalhostCluster.AddTo },
        new NodeKind("postgres", node => node.Services.AddPostgreSql()) { AddToSilo = PostgreSqlCluster.AddTo, IsShared = true },
        new NodeKind("redis", node => node.Services.AddRedis()) { AddToSilo = RedisCluster.AddTo, IsShared = true });

    /// <summary>All parts.</summary>
    public static IReadOnlyList<NodePart> All { get; } = [State, Log, Lake, Reports, Cluster];
}
