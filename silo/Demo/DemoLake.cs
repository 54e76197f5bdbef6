using System.Globalization;
using Microsoft.Extensions.Options;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Partitions;
using Spectre.Console;

namespace OrleansAnalytics.Demo;

/// <summary>Brings the lake up to what was replayed, so that whoever opens it finds all of it.</summary>
internal sealed class DemoLake(IGrainFactory grains, IEventLog log, IOptions<LakeOptions> options, LakeFolder folder, IAnsiConsole console)
{
    /// <summary>Writes what is not there yet and says what is there.</summary>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (!options.Value.Enabled)
        {
            return;
        }

        for (var partition = 0; partition < log.PartitionCount; partition++)
        {
            await WriteAsync(partition, cancellationToken);
        }

        var files = LakeManifest.FilesOf(folder.Read());
        console.WriteLine();
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Lake: {files.Sum(file => file.Rows):N0} events in {files.Count:N0} Parquet files ({files.Sum(file => file.Bytes) / 1e6:N1} MB) in {folder.Events}"));
    }

    private async Task WriteAsync(int partition, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                await grains.GetGrain<IPartitionGrain>(partition).WriteLakeAsync();
                return;
            }
            catch (TimeoutException)
            {
                // Millions of events take longer than a call may; the writing goes on.
            }
        }
    }
}
