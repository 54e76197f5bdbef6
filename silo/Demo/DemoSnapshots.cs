using OrleansAnalytics.Snapshots;
using Spectre.Console;

namespace OrleansAnalytics.Demo;

/// <summary>Writes one snapshot, so that whoever looks finds one, and says where; the others are left to the reminders, as each takes its time.</summary>
internal sealed class DemoSnapshots(IGrainFactory grains, ISnapshotStore store, IAnsiConsole console)
{
    private static readonly PeriodKind[] Tried = [PeriodKind.Day, PeriodKind.Hour];

    /// <summary>Writes the first day that is closed, or else the first hour.</summary>
    public async Task WriteAsync()
    {
        foreach (var kind in Tried)
        {
            var run = await grains.GetGrain<ISnapshotGrain>(kind.Name()).WriteAsync(1);
            if (run.Written.Count > 0)
            {
                var place = store is DirectorySnapshotStore folder ? Path.Combine(folder.Root, kind.Name()) : "the container of snapshots";
                console.WriteLine($"Snapshot: {run.Written[0]} as Parquet and CSV in {place}; {run.StillDue} more are due");
                return;
            }
        }
    }
}
