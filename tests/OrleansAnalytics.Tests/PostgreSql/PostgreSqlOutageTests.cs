using System.Buffers;
using Npgsql;
using Orleans.Runtime;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.PostgreSql;
using Xunit;

namespace OrleansAnalytics.Tests.PostgreSql;

/// <summary>The database goes away and comes back, cuts connections, and is slow.</summary>
public sealed class PostgreSqlOutageTests(PostgreSqlOfTheRun shared)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_written_and_read_while_the_server_restarts_is_done_when_it_is_back()
    {
        await using var server = await PostgreSqlOfTheRun.OwnServerAsync();
        var options = new PostgreSqlOptions { ConnectionString = await server.NewDatabaseAsync(), RetryFor = TimeSpan.FromMinutes(2) };
        await using var database = new PostgreSqlDatabase(options, TimeProvider.System);
        await PostgreSqlSchema.ApplyAsync(database, Token);
        await using var storage = new PostgreSqlGrainStorage(database, options);
        using var checkpoints = new PostgreSqlCheckpointStore(database);
        var user = GrainId.Create("user", "17");
        var state = Holding("before");
        await storage.WriteStateAsync("entity", user, state);
        var etag = await checkpoints.WriteAsync(0, null, new CheckpointWrite(1, 1, new Dictionary<string, ReadOnlyMemory<byte>>(), []), Token);

        foreach (var end in (Func<Task>[])[server.StopAsync, server.KillAsync])
        {
            await end();
            state.State!.Text = $"while it was away {end.Method.Name}";
            var writing = storage.WriteStateAsync("entity", user, state);
            var other = Holding("");
            var reading = storage.ReadStateAsync("entity", GrainId.Create("user", "none"), other);
            var committing = checkpoints.WriteAsync(0, etag, new CheckpointWrite(2, 1, new Dictionary<string, ReadOnlyMemory<byte>>(), []), Token).AsTask();
            Assert.False(writing.IsCompleted || reading.IsCompleted || committing.IsCompleted);
            await server.StartAsync();
            await writing;
            await reading;
            etag = await committing;
            var read = Holding("");
            await storage.ReadStateAsync("entity", user, read);
            Assert.Equal((state.State.Text, state.ETag), (read.State!.Text, read.ETag));
        }
    }

    [Fact]
    public async Task After_the_time_for_repeats_everything_fails_at_once_with_a_clear_line_and_works_again_when_the_server_does()
    {
        await using var server = await PostgreSqlOfTheRun.OwnServerAsync();
        var options = new PostgreSqlOptions { ConnectionString = await server.NewDatabaseAsync(), RetryFor = TimeSpan.Zero };
        await using var database = new PostgreSqlDatabase(options, TimeProvider.System);
        await PostgreSqlSchema.ApplyAsync(database, Token);
        await using var storage = new PostgreSqlGrainStorage(database, options);
        var user = GrainId.Create("user", "17");
        var state = Holding("before");
        await storage.WriteStateAsync("entity", user, state);
        var before = state.ETag;
        await server.StopAsync();

        // The first one may still meet the connection that was cut.
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => storage.WriteStateAsync("entity", user, state));
        var failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => storage.WriteStateAsync("entity", user, state));
        Assert.Contains("at 127.0.0.1:", failure.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, state.ETag);
        await server.StartAsync();
        await storage.WriteStateAsync("entity", user, state);
        Assert.NotEqual(before, state.ETag);
    }

    [Fact]
    public async Task However_often_connections_are_cut_an_acknowledged_write_is_stored_and_no_write_conflicts_with_itself()
    {
        const int Cuts = 40;
        const int Writers = 64;
        var options = await shared.NewShopAsync();
        options.RetryFor = TimeSpan.FromMinutes(2);
        await using var database = new PostgreSqlDatabase(options, TimeProvider.System);
        await using var storage = new PostgreSqlGrainStorage(database, options);
        using var done = new CancellationTokenSource();
        var writing = Enumerable.Range(0, Writers).Select(writer => Task.Run(
            async () =>
            {
                var state = Holding("0");
                var written = 0;
                for (; !done.IsCancellationRequested || written == 0; written++)
                {
                    state.State!.Text = $"{written}";
                    await storage.WriteStateAsync("entity", GrainId.Create("user", $"{writer}"), state);
                }

                return written - 1;
            },
            Token)).ToArray();
        await using (var axe = NpgsqlDataSource.Create(options.ConnectionString!))
        {
            var cut = 0;
            while (cut < Cuts && !writing.Any(task => task.IsCompleted))
            {
                await using var command = axe.CreateCommand(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE '%unnest%' AND pid <> pg_backend_pid()");
                cut += (int)(long)(await command.ExecuteScalarAsync(Token))!;
            }
        }

        await done.CancelAsync();
        var last = await Task.WhenAll(writing);
        for (var writer = 0; writer < Writers; writer++)
        {
            var read = Holding("");
            await storage.ReadStateAsync("entity", GrainId.Create("user", $"{writer}"), read);
            Assert.Equal($"{last[writer]}", read.State!.Text);
        }
    }

    [Fact]
    public async Task A_statement_that_does_not_end_is_cancelled_and_the_next_one_works()
    {
        var options = await shared.NewShopAsync();
        options.StatementTimeout = TimeSpan.FromSeconds(1);
        await using var database = new PostgreSqlDatabase(options, TimeProvider.System);
        await using var storage = new PostgreSqlGrainStorage(database, options);
        await using var blocker = new NpgsqlConnection(options.ConnectionString);
        await blocker.OpenAsync(Token);
        var transaction = await blocker.BeginTransactionAsync(Token);
        await using (var locking = new NpgsqlCommand("LOCK TABLE orleans_analytics.entities", blocker))
        {
            await locking.ExecuteNonQueryAsync(Token);
        }

        var state = Holding("x");
        var failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => storage.WriteStateAsync("entity", GrainId.Create("user", "17"), state));
        Assert.Contains("did not answer in time", failure.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => storage.ReadStateAsync("entity", GrainId.Create("user", "17"), state));
        await transaction.RollbackAsync(Token);
        await storage.WriteStateAsync("entity", GrainId.Create("user", "17"), state);
        Assert.NotNull(state.ETag);
    }

    [Fact]
    public async Task A_table_that_is_missing_is_told_at_once()
    {
        var options = new PostgreSqlOptions { ConnectionString = await shared.NewDatabaseAsync(), RetryFor = TimeSpan.FromMinutes(5) };
        await using var database = new PostgreSqlDatabase(options, TimeProvider.System);
        await using var storage = new PostgreSqlGrainStorage(database, options);
        var failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => storage.ReadStateAsync("entity", GrainId.Create("user", "17"), Holding("x")));
        Assert.Contains("verb schema", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_without_room_is_told_and_what_could_not_be_written_can_be_when_there_is_room()
    {
        var options = new PostgreSqlOptions { ConnectionString = await shared.NewDatabaseAsync(), RetryFor = TimeSpan.Zero };
        await using var database = new PostgreSqlDatabase(options, TimeProvider.System);
        await PostgreSqlSchema.ApplyAsync(database, Token);
        await using var storage = new PostgreSqlGrainStorage(database, options);
        using var checkpoints = new PostgreSqlCheckpointStore(database);
        var user = GrainId.Create("user", "17");
        var state = Holding("before");
        await storage.WriteStateAsync("entity", user, state);
        var before = state.ETag;

        // What the server itself says when it cannot extend a file.
        await ExecuteAsync(database, """
            CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
            CREATE TRIGGER full_table BEFORE INSERT OR UPDATE ON entities FOR EACH ROW EXECUTE FUNCTION no_room();
            CREATE TRIGGER full_table BEFORE INSERT OR UPDATE ON checkpoints FOR EACH ROW EXECUTE FUNCTION no_room();
            """);
        state.State!.Text = "after";
        var failure = await Assert.ThrowsAsync<DatabaseUnavailableException>(() => storage.WriteStateAsync("entity", user, state));
        Assert.Contains("No space left on device", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, state.ETag);
        var nothing = new CheckpointWrite(1, 1, new Dictionary<string, ReadOnlyMemory<byte>>(), []);
        await Assert.ThrowsAsync<DatabaseUnavailableException>(() => checkpoints.WriteAsync(0, null, nothing, Token).AsTask());
        var read = Holding("");
        await storage.ReadStateAsync("entity", user, read);
        Assert.Equal("before", read.State!.Text);

        await ExecuteAsync(database, "DROP TRIGGER full_table ON entities; DROP TRIGGER full_table ON checkpoints;");
        await storage.WriteStateAsync("entity", user, state);
        await checkpoints.WriteAsync(0, null, nothing, Token);
        await storage.ReadStateAsync("entity", user, read);
        Assert.Equal("after", read.State!.Text);
    }

    [Theory]
    [InlineData(-3_600, "3,600 s behind")]
    [InlineData(60, "60 s ahead of")]
    [InlineData(0, null)]
    public async Task A_clock_that_is_off_is_told(int seconds, string? told)
    {
        var options = new PostgreSqlOptions { ConnectionString = await shared.NewDatabaseAsync() };
        await using var database = new PostgreSqlDatabase(options, TimeProvider.System);
        var warning = await DatabaseClock.WarningAsync(database, new Off(TimeSpan.FromSeconds(seconds)), Token);
        if (told is null)
        {
            Assert.Null(warning);
        }
        else
        {
            Assert.Contains(told, warning, StringComparison.Ordinal);
        }
    }

    private static async Task ExecuteAsync(PostgreSqlDatabase database, string sql)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    private static GrainState<Note> Holding(string text) => new(new Note { Text = text });

    /// <summary>A clock that is off by so much.</summary>
    private sealed class Off(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }

    private sealed class Note : IStoredState
    {
        public required string Text { get; set; }

        public void WriteTo(IBufferWriter<byte> output) => new FormatWriter(output).Text(Text);

        public void ReadFrom(ReadOnlySpan<byte> stored) => Text = new FormatReader(stored).RequiredText();
    }
}
