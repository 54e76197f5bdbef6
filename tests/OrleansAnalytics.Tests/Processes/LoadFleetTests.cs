using System.Text.Json;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>A load of several real processes.</summary>
public sealed class LoadFleetTests : IDisposable
{
    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_parts_of_all_processes_arrive_and_are_told_as_one()
    {
        await using var node = ServedNode.Start(_folder.Next());
        await node.ReadyAsync();
        var file = Path.Combine(_folder.Next(), "load.json");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await using var load = await ChildProgram.ClientAsync(
            0, "load", "--url", node.Http.BaseAddress!.ToString(), "--processes", "2", "--rate", "1000", "--duration", "1s", "--batch", "50", "--queries", "20", "--flood", "0.5", "--json", file);
        var measured = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).RootElement;
        var events = measured.GetProperty("events");
        var status = await node.CaughtUpAsync();
        Assert.Equal(status.GetProperty("totals").GetProperty("accepted").GetInt64(), events.GetProperty("acknowledged").GetInt64());
        Assert.Equal(1_000, events.GetProperty("acknowledged").GetInt64() + (50 * events.GetProperty("batchesNeverSent").GetInt64()));
        Assert.Empty(events.GetProperty("failed").EnumerateObject());
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_told_at_once()
    {
        await using var load = await ChildProgram.ClientAsync(1, "load", "--servers", "http://127.0.0.1:1,http://127.0.0.1:2", "--rate", "1000", "--duration", "1h");
        Assert.Contains("127.0.0.1:1", load.Errors, StringComparison.Ordinal);
    }
}
