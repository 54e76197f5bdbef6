using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(OrleansAnalytics.Tests.LongestFirst))]

namespace OrleansAnalytics.Tests;

/// <summary>Begins with the tests that take minutes, so that at the end of a run no single one of them is waited for while the other cores rest.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    // As tests/run.sh tells them at its end; what is not here is short.
    private static readonly string[] Long =
    [
        "Processes.ClusterFaultTests", "Processes.KillTests", "Processes.BackfillTests", "Lake.SharedReportTests", "Processes.MembershipNodeTests", "Cluster.StormTests", "Processes.StorageFaultTests",
        "Lake.ImportVerdictTests", "Processes.ReconcileTests", "Lake.ReconcileTests", "AzureStorage.AzureSiloTests", "Deploy.BicepTests", "Processes.", "Cluster.",
    ];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(Rank)];

    private static int Rank<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        var rank = Array.FindIndex(Long, name => collection.TestCollectionDisplayName.Contains($".Tests.{name}", StringComparison.Ordinal));
        return rank < 0 ? Long.Length : rank;
    }
}
