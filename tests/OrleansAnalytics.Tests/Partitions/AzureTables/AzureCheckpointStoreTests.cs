using Azure.Data.Tables;
using OrleansAnalytics.AzureStorage;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.AzureStorage;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.AzureTables;

public sealed class AzureCheckpointStoreTests(SharedAzurite azurite) : CheckpointStoreContract, IAsyncLifetime
{
    private readonly FaultyTransport _transport = new();
    private AzureShop? _shop;
    private AzureCheckpointStore? _store;

    protected override ICheckpointStore Store => _store!;

    public async ValueTask InitializeAsync()
    {
        _shop = await AzureShop.CreateAsync(await azurite.GetAsync(), _transport);
        _store = new AzureCheckpointStore(_shop.Connection);
    }

    public async ValueTask DisposeAsync()
    {
        if (_shop is not null)
        {
            await _shop.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_small_commit_is_one_request_and_a_large_one_is_still_all_or_nothing()
    {
        var etag = await Store.WriteAsync(0, null, Write(1, 1, Many(40, 1)), Token);
        var before = _transport.Sent;
        etag = await Store.WriteAsync(0, etag, Write(2, 1, Many(40, 2)), Token);
        Assert.Equal(1, _transport.Sent - before);

        // More rows than a transaction has operations, and more bytes than it takes.
        (string, byte[])[] large = [.. Many(150, 3), ("large", new byte[5 << 20])];
        etag = await Store.WriteAsync(0, etag, Write(3, 1, large) with { Removed = ["part 10"] }, Token);
        Assert.Equal(Parts(Copy(large)), Parts((await Store.ReadAsync(0, Token))!));

        // One that stops midway has changed nothing.
        var sent = 0;
        _transport.Decide(request => request.Method == Azure.Core.RequestMethod.Post && ++sent > 1 ? RequestFault.Lost : RequestFault.None);
        await Assert.ThrowsAsync<AzureStorageException>(async () => await Store.WriteAsync(0, etag, Write(4, 1, [.. Many(300, 4)]), Token));
        _transport.Decide(_ => RequestFault.None);
        var read = (await Store.ReadAsync(0, Token))!;
        Assert.Equal((3, etag), (read.Position, read.ETag));
        Assert.Equal(Parts(Copy(large)), Parts(read));

        // What it left behind goes with the next commit.
        await Store.WriteAsync(0, etag, Write(5, 1, Many(2, 5)), Token);
        Assert.Equal(151 + 8, await RowsAsync());
    }

    [Fact]
    public async Task Rows_that_a_large_commit_replaces_are_removed()
    {
        var etag = await Store.WriteAsync(0, null, Write(1, 1, [.. Many(150, 1), ("large", new byte[2 << 20])]), Token);
        Assert.Equal(150 + 4, await RowsAsync());
        etag = await Store.WriteAsync(0, etag, Write(2, 1, Many(150, 2)) with { Removed = ["large"] }, Token);
        Assert.Equal(150, await RowsAsync());
        await Store.WriteAsync(0, etag, Write(3, 1) with { Removed = [.. Enumerable.Range(0, 90).Select(number => $"part {number}")] }, Token);
        Assert.Equal(60, await RowsAsync());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(200)]
    public async Task A_commit_whose_answer_was_lost_has_happened_once(int parts)
    {
        _transport.Once(RequestFault.AnswerLost);
        var etag = await Store.WriteAsync(0, null, Write(1, 1, Many(parts, 1)), Token);
        _transport.Once(RequestFault.AnswerLost);
        await Store.WriteAsync(0, etag, Write(2, 1, Many(3, 2)), Token);
        Assert.Equal(2, (await Store.ReadAsync(0, Token))!.Position);
    }

    [Fact]
    public async Task Another_owner_is_told_of_and_not_a_busy_service()
    {
        var etag = await Store.WriteAsync(0, null, Write(1, 1), Token);
        await using var again = _shop!.Again();
        var other = new AzureCheckpointStore(again.Connection);
        var claimed = await other.WriteAsync(0, (await other.ReadAsync(0, Token))!.ETag, Write(1, 2), Token);
        await Assert.ThrowsAsync<CheckpointConflictException>(async () => await Store.WriteAsync(0, etag, Write(2, 1, Many(200, 1)), Token));
        _transport.Decide(_ => RequestFault.Busy);
        var busy = await Assert.ThrowsAsync<AzureStorageException>(async () => await Store.WriteAsync(0, claimed, Write(2, 1), Token));
        Assert.Contains("the checkpoint of partition 0 could not be written: Azure Storage is too busy", busy.Message, StringComparison.Ordinal);
        Assert.Equal((1, 2), ((await other.ReadAsync(0, Token))!.Position, (await other.ReadAsync(0, Token))!.Generation));
    }

    [Fact]
    public async Task Whoever_reads_beside_commits_sees_one_of_them_whole()
    {
        await using var again = _shop!.Again();
        var reader = new AzureCheckpointStore(again.Connection);
        var etag = await Store.WriteAsync(0, null, Write(1, 1, Many(20, 1)), Token);
        var writing = Task.Run(
            async () =>
            {
                for (var position = 2; position < 30; position++)
                {
                    etag = await Store.WriteAsync(0, etag, Write(position, 1, Many(position % 5 == 0 ? 120 : 20, position)), Token);
                }
            },
            Token);
        while (!writing.IsCompleted)
        {
            var read = (await reader.ReadAsync(0, Token))!;
            Assert.All(Enumerable.Range(0, 20), number => Assert.Equal((byte)read.Position, read.Parts[$"part {number}"].Span[0]));
        }

        await writing;
    }

    [Fact]
    public async Task A_missing_part_is_damage_and_names_its_partition()
    {
        await Store.WriteAsync(2, null, Write(1, 1, Many(2, 1)), Token);
        var table = _shop!.Connection.Table("checkpoints");
        await foreach (var row in table.QueryAsync<TableEntity>("RowKey ge 'p-'", cancellationToken: Token))
        {
            await table.DeleteEntityAsync(row.PartitionKey, row.RowKey, cancellationToken: Token);
            break;
        }

        var damaged = await Assert.ThrowsAsync<DamagedFormatException>(async () => await Store.ReadAsync(2, Token));
        Assert.Contains("the checkpoint of partition 2 cannot be read", damaged.Message, StringComparison.Ordinal);
    }

    private static (string, byte[])[] Many(int parts, int fill) => [.. Enumerable.Range(0, parts).Select(number => ($"part {number}", new[] { (byte)fill }))];

    private static StoredCheckpoint Copy((string, byte[])[] parts) =>
        new(0, 0, parts.Where(part => part.Item1 != "part 10" || part.Item2[0] == 3).ToDictionary(part => part.Item1, part => (ReadOnlyMemory<byte>)part.Item2), "");

    private async Task<int> RowsAsync()
    {
        var rows = 0;
        await foreach (var row in _shop!.Connection.Table("checkpoints").QueryAsync<TableEntity>("RowKey ge 'p-'", select: ["RowKey"], cancellationToken: Token))
        {
            rows++;
        }

        return rows;
    }
}
