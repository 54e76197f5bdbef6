using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.PostgreSql;

namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>Everything that can be plugged in. A further store, log, sink or membership is one line here.</summary>
internal static class NodeParts
{
    /// <summary>The state of entities, checkpoints and dead letters.</summary>
    public static NodePart State { get; } = new(
        "Storage:State",
        new NodeKind("rocksdb", node => node.Services.AddRocksDbState(node.DataFolder)),
        new NodeKind("postgres", node => node.Services.AddPostgreSqlState()) { IsShared = true });

    /// <summary>The event log.</summary>
    public static NodePart Log { get; } = new(
        "Log:Kind",
        new NodeKind("rocksdb", node => node.Services.AddRocksDbLog(node.DataFolder)));

    /// <summary>Where the files of the lake go.</summary>
    public static NodePart Lake { get; } = new(
        "Lake:Kind",
        new NodeKind("directory", node => node.Services.AddDirectoryLake(node.DataFolder)));

    /// <summary>Membership of silos, and reminders.</summary>
    public static NodePart Cluster { get; } = new(
        "Cluster:Kind",
        new NodeKind("localhost", _ => { }) { AddToSilo = LocalhostCluster.AddTo },
        new NodeKind("postgres", node => node.Services.AddPostgreSql()) { AddToSilo = PostgreSqlCluster.AddTo, IsShared = true });

    /// <summary>All parts.</summary>
    public static IReadOnlyList<NodePart> All { get; } = [State, Log, Lake, Cluster];
}
