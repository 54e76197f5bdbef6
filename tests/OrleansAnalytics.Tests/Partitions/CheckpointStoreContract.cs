using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>What every store of checkpoints must do.</summary>
public abstract class CheckpointStoreContract
{
    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract ICheckpointStore Store { get; }

    [Fact]
    public async Task Before_the_first_checkpoint_there_is_none() => Assert.Null(await Store.ReadAsync(0, Token));

    [Fact]
    public async Task What_was_written_is_read_back()
    {
        var etag = await Store.WriteAsync(3, null, Write(100, 2, ("carts", [1, 2]), ("", []), ("käse/7", [9])), Token);
        var read = await Store.ReadAsync(3, Token);
        Assert.Equal((100, 2, etag), (read!.Position, read.Generation, read.ETag));
        Assert.Equal(["|", "carts|0102", "käse/7|09"], Parts(read));
        Assert.Null(await Store.ReadAsync(2, Token));
        Assert.Null(await Store.ReadAsync(4, Token));
    }

    [Fact]
    public async Task Parts_that_did_not_change_stay_and_removed_ones_go()
    {
        var etag = await Store.WriteAsync(0, null, Write(1, 1, ("a", [1]), ("b", [2]), ("c", [3])), Token);
        await Store.WriteAsync(0, etag, Write(2, 1, ("b", [22])) with { Removed = ["a", "never there"] }, Token);
        var read = await Store.ReadAsync(0, Token);
        Assert.Equal(2, read!.Position);
        Assert.Equal(["b|16", "c|03"], Parts(read));
    }

    [Fact]
    public async Task A_part_that_is_removed_and_changed_at_once_is_changed()
    {
        var etag = await Store.WriteAsync(0, null, Write(1, 1, ("a", [1])), Token);
        await Store.WriteAsync(0, etag, Write(2, 1, ("a", [2])) with { Removed = ["a"] }, Token);
        Assert.Equal(["a|02"], Parts((await Store.ReadAsync(0, Token))!));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("999999")]
    [InlineData("?")]
    public async Task A_conflict_changes_nothing(string? wrong)
    {
        var etag = await Store.WriteAsync(0, null, Write(1, 1, ("a", [1])), Token);
        await Assert.ThrowsAsync<CheckpointConflictException>(
            async () => await Store.WriteAsync(0, wrong, Write(2, 2, ("a", [2]), ("b", [2])) with { Removed = ["a"] }, Token));
        var read = await Store.ReadAsync(0, Token);
        Assert.Equal((1, 1, etag), (read!.Position, read.Generation, read.ETag));
        Assert.Equal(["a|01"], Parts(read));
    }

    [Fact]
    public async Task Of_many_owners_with_one_etag_exactly_one_wins()
    {
        var etag = await Store.WriteAsync(0, null, Write(1, 1), Token);
        var outcomes = await Task.WhenAll(Enumerable.Range(2, 20).Select(owner => Task.Run(
            async () =>
            {
                try
                {
                    await Store.WriteAsync(0, etag, Write(owner, owner, ($"of {owner}", [1])), Token);
                    return owner;
                }
                catch (CheckpointConflictException)
                {
                    return 0;
                }
            },
            Token)));
        var winner = Assert.Single(outcomes, o => o != 0);
        var read = await Store.ReadAsync(0, Token);
        Assert.Equal(winner, read!.Generation);
        Assert.Equal([$"of {winner}|01"], Parts(read));
    }

    [Fact]
    public async Task The_parts_bytes_are_taken_at_the_call()
    {
        var bytes = new byte[] { 1 };
        var writing = Store.WriteAsync(0, null, Write(1, 1, ("a", bytes)), Token).AsTask();
        bytes[0] = 2;
        await writing;
        Assert.Equal(["a|01"], Parts((await Store.ReadAsync(0, Token))!));
    }

    protected static CheckpointWrite Write(long position, long generation, params (string Name, byte[] Part)[] changed) =>
        new(position, generation, changed.ToDictionary(c => c.Name, c => (ReadOnlyMemory<byte>)c.Part), []);

    protected static IEnumerable<string> Parts(StoredCheckpoint checkpoint) =>
        checkpoint.Parts.Select(p => $"{p.Key}|{Convert.ToHexString(p.Value.Span)}").Order(StringComparer.Ordinal).OrderBy(p => p.Length > 1);
}
