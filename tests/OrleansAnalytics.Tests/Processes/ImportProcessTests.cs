using OrleansAnalytics.Cli;
using OrleansAnalytics.Tests.Cluster;
using OrleansAnalytics.Tests.Lake;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Processes;

/// <summary>The real import as a program: killed, interrupted, and out of room. A file is in the lake as a whole or not at all, and the same command goes on.</summary>
public sealed class ImportProcessTests : IDisposable
{
    private const int Killed = 128 + 9;

    private static readonly GeneratedFile Shop = new(events: 200_000, seed: 3, days: 1);

    private readonly StorageFolder _folder = new();
    private readonly string _file;

    public ImportProcessTests()
    {
        _file = Path.Combine(Directory.CreateDirectory(_folder.Next()).FullName, "shop.csv");
        File.WriteAllLines(_file, Shop.Lines);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task After_kills_in_the_middle_the_next_import_is_as_one_that_was_never_disturbed()
    {
        using var undisturbed = new ImportedLake();
        undisturbed.Import(_file);
        using var lake = new ImportedLake();
        foreach (var hours in (int[])[1, 5, 12])
        {
            await using var import = await AfterAsync(lake, hours);
            import.Kill();
            await import.EndAsync(Killed);
            Assert.Empty(lake.Lake.Read());
        }

        await using var last = await ChildProgram.ClientAsync(0, "import", _file, "--lake", lake.Lake.Root);
        Assert.Contains($"{Shop.Oracle.Accepted.Count:N0} accepted", last.Output, StringComparison.Ordinal);
        Assert.Equal(undisturbed.Lake.Read().Single().ToUtf8(), lake.Lake.Read().Single().ToUtf8());
        Assert.Equal(undisturbed.Entries(), lake.Entries());
        await using var again = await ChildProgram.ClientAsync(0, "import", _file, "--lake", lake.Lake.Root);
        Assert.Contains("the lake has it", again.Output, StringComparison.Ordinal);
        Assert.Equal(undisturbed.Entries(), lake.Entries());
    }

    [Fact]
    public async Task An_interrupt_leaves_nothing_and_says_so()
    {
        using var lake = new ImportedLake();
        await using var import = await AfterAsync(lake, hours: 3);
        import.Interrupt();
        await import.EndAsync(CommandLine.Stopped);
        Assert.Empty(lake.Entries());
        Assert.DoesNotContain("   at ", import.Errors, StringComparison.Ordinal);
        await using var again = await ChildProgram.ClientAsync(0, "import", _file, "--lake", lake.Lake.Root);
        Assert.Equal(Shop.Oracle.Accepted.Count, lake.Lake.Read().Single().Files.Sum(file => file.Rows));
    }

    [Fact]
    public async Task A_full_disk_ends_it_with_one_line_and_leaves_nothing()
    {
        using var disk = new SmallDisk(megabytes: 2);
        if (!disk.IsReal)
        {
            return;
        }

        using var lake = new ImportedLake(Path.Combine(disk.Path, "lake"));
        await using var import = await ChildProgram.ClientAsync(1, "import", _file, "--lake", lake.Lake.Root);
        Assert.Contains("No space left", Assert.Single(import.Errors.Trim().Split('\n'), line => line.StartsWith("error: ", StringComparison.Ordinal)), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", import.Errors, StringComparison.Ordinal);
        Assert.Empty(lake.Entries());
    }

    /// <summary>An import that has finished so many hours and works on.</summary>
    private async Task<ChildProgram> AfterAsync(ImportedLake lake, int hours)
    {
        var import = ChildProgram.Client("import", _file, "--lake", lake.Lake.Root, "--threads", "1");
        var files = Path.Combine(lake.Lake.Root, ".import", "files");
        await Eventually.TrueAsync(
            () => Task.FromResult(import.HasExited || (Directory.Exists(files) && Directory.GetFiles(files, "*.parquet").Length >= hours)), $"an import that has written {hours} hours");
        Assert.False(import.HasExited, import.Told());
        return import;
    }
}
