using DuckDB.NET.Data;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Tests.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class LakeCompactorTests : IDisposable
{
    private readonly StorageFolder _storage = new();
    private readonly LakeFolder _folder;
    private readonly DirectoryLakeSink _sink;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(GrowingLake.Start));
    private readonly LakeCompactionOptions _options = new() { MaxFiles = 4 };
    private readonly GrowingLake _lake;

    public LakeCompactorTests()
    {
        _folder = new LakeFolder(_storage.Next());
        _sink = new DirectoryLakeSink(_folder);
        _lake = new GrowingLake(_sink);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _storage.Dispose();

    [Fact]
    public async Task Small_files_of_an_hour_become_one_sorted_by_user_and_time_with_the_same_events()
    {
        for (var file = 0; file < 5; file++)
        {
            await _lake.WriteAsync(hour: 2, events: 30);
        }

        await _lake.WriteAsync(hour: 3, events: 10);
        var before = Rows();
        var result = Compact();
        Assert.Equal(new CompactionResult(1, 5, 0, 0, 2, 0), result);
        Assert.Equal(2, Files().Count);
        Assert.Equal(before.Order(StringComparer.Ordinal), Rows().Order(StringComparer.Ordinal));
        var users = Query($"SELECT user_id || '/' || epoch_ms(event_time) FROM read_parquet('{_folder.PathOf(Files().Single(file => file.Rows == 150))}', file_row_number = true) ORDER BY file_row_number");
        Assert.Equal(users.Order(StringComparer.Ordinal), users);
    }

    [Fact]
    public async Task Replaced_files_stay_for_readers_that_began_before_and_then_go_and_are_forgotten()
    {
        for (var file = 0; file < 4; file++)
        {
            await _lake.WriteAsync(hour: 2, events: 3);
        }

        var old = Files();
        Compact();
        Assert.All(old, file => Assert.True(File.Exists(_folder.PathOf(file))));
        _time.Advance(_options.KeepReplaced);
        Assert.Equal(4, Compact().FilesRemoved);
        Assert.All(old, file => Assert.False(File.Exists(_folder.PathOf(file))));
        Assert.Equal(12, Files().Sum(file => file.Rows));

        // Its own partition forgets them when it writes next, and then compaction does.
        Assert.Equal(4, _folder.Read(LakeManifest.CompactedSource)!.Replaced.Count);
        var log = new InMemoryEventLog(new EventLogOptions { Partitions = 1 }, TimeProvider.System);
        var batch = new EventBatchWriter();
        batch.Add(GrowingLake.Event(1, hour: 5));
        await log.AppendAsync(0, batch.Build(), Token);
        var writer = new LakeWriter(0, log, _sink, new LakeOptions());
        await writer.OpenAsync(1, 0, Token);
        await writer.WriteAsync(new LakeImage(1, 0, [], new()), Token);
        Assert.Single(_folder.Read(LakeManifest.SourceOf(0))!.Files);
        Compact();
        Assert.Empty(_folder.Read(LakeManifest.CompactedSource)!.Replaced);
        Assert.Equal(13, Files().Sum(file => file.Rows));
    }

    [Fact]
    public async Task An_hour_that_has_settled_is_compacted_with_two_files()
    {
        await _lake.WriteAsync(hour: 2, events: 3);
        await _lake.WriteAsync(hour: 2, events: 3);
        Assert.Equal(0, Compact().Hours);
        await _lake.WriteAsync(hour: 8, events: 3);
        Assert.Equal(1, Compact().Hours);
        Assert.Equal(0, Compact().Hours);
    }

    [Fact]
    public async Task A_compaction_that_died_before_its_manifest_leaves_a_stray_that_the_next_one_removes()
    {
        await _lake.WriteAsync(hour: 2, events: 3);
        var stray = _folder.PathOf("date=2019-10-01/hour=02/c-1.parquet");
        await File.WriteAllTextAsync(stray, "half", Token);
        Compact();
        Assert.False(File.Exists(stray));
        Assert.Equal(3, Files().Sum(file => file.Rows));
    }

    [Fact]
    public async Task Days_beyond_those_that_are_kept_are_dropped()
    {
        _options.KeepDays = 2;
        await _lake.WriteAsync(hour: 2, events: 3);
        await _lake.WriteAsync(hour: 30, events: 4);
        await _lake.WriteAsync(hour: 50, events: 5);
        Assert.Equal(1, Compact().FilesDropped);
        Assert.Equal(9, Files().Sum(file => file.Rows));
    }

    [Fact]
    public async Task One_compaction_at_a_time()
    {
        await _lake.WriteAsync(hour: 2, events: 3);
        await using var other = new FileStream(Path.Combine(_folder.Manifests, ".compaction.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        Assert.Contains("another process", Assert.Throws<LakeBusyException>(() => Compact()).Message, StringComparison.Ordinal);
    }

    private CompactionResult Compact() => new LakeCompactor(_folder, _options, _time).Run(cancellationToken: Token);

    private IReadOnlyList<LakeFile> Files() => LakeManifest.FilesOf(_folder.Read());

    private List<string> Rows() => Query($"SELECT (events)::VARCHAR FROM read_parquet([{string.Join(", ", Files().Select(file => $"'{_folder.PathOf(file)}'"))}], hive_partitioning = true) events");

    private static List<string> Query(string sql)
    {
        using var database = new DuckDBConnection("DataSource=:memory:");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
