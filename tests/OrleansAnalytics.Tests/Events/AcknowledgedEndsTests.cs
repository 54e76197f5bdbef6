using OrleansAnalytics.Events;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

public sealed class AcknowledgedEndsTests : IDisposable
{
    private readonly StorageFolder _folder = new();
    private readonly string _path;
    private readonly string _file;

    public AcknowledgedEndsTests()
    {
        _path = Directory.CreateDirectory(_folder.Next()).FullName;
        _file = Path.Combine(_path, AcknowledgedEnds.FileName);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_note_is_there_after_reopening_and_a_new_file_says_nothing()
    {
        Assert.Equal([0, 0, 0], Note([5, 0, 7]));
        Assert.Equal([5, 0, 7], Note([6, 1, 7]));
        Assert.Equal([6, 1, 7], Note([6, 1, 7]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_note_that_was_cut_leaves_the_one_before(int slot)
    {
        Note([5, 0, 7], [6, 0, 8]);
        CrashImage.Flip(_file, (slot * AcknowledgedEnds.SlotLength(3)) + 12);
        Assert.Equal(slot == 0 ? [5, 0, 7] : [6, 0, 8], Note([0, 0, 0]));
    }

    [Fact]
    public void A_file_that_is_none_says_nothing()
    {
        File.WriteAllText(_file, new string('x', 500));
        Assert.Equal([0, 0, 0], Note([1, 1, 1]));
        Assert.Equal([1, 1, 1], Note([1, 1, 1]));
    }

    /// <summary>Opens the file, makes notes one after the other, and answers what the file said at first.</summary>
    private long[] Note(params long[][] notes)
    {
        using var file = new AcknowledgedEnds(_path, 3);
        foreach (var ends in notes)
        {
            file.Note([.. ends.Select((end, partition) => new LogTail(partition, end, 0))]);
        }

        return file.Ends;
    }
}
