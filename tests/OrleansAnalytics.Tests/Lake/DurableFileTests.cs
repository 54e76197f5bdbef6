using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class DurableFileTests : IDisposable
{
    private readonly StorageFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_in_its_place_as_a_whole_and_nothing_is_beside_it()
    {
        var path = Path.Combine(_folder.Next(), "a", "b", "file.json");
        using (var file = new DurableFile(path))
        {
            file.Stream.Write("new"u8);
            Assert.False(File.Exists(path));
            file.Complete();
        }

        Assert.Equal("new", File.ReadAllText(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void What_was_there_stays_when_the_file_is_not_completed()
    {
        var path = Path.Combine(_folder.Next(), "file.json");
        DurableFile.Write(path, "old"u8);
        using (var file = new DurableFile(path))
        {
            file.Stream.Write("half"u8);
        }

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_file_that_something_else_has_written_is_put_into_its_place()
    {
        var path = Path.Combine(_folder.Next(), "file.json");
        using var file = new DurableFile(path);
        File.WriteAllText(file.HiddenPath, "other");
        file.Complete();
        Assert.Equal("other", File.ReadAllText(path));
    }

    [Fact]
    public void A_folder_that_is_gone_cannot_be_synced() =>
        Assert.True(!OperatingSystem.IsLinux() || Assert.Throws<IOException>(() => DurableFolder.Sync(_folder.Next())) is not null);
}
