using Npgsql;
using OrleansAnalytics.PostgreSql;
using OrleansAnalytics.Tests.Processes;
using Xunit;

namespace OrleansAnalytics.Tests.PostgreSql;

public sealed class PostgreSqlSchemaTests(PostgreSqlOfTheRun server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_verb_makes_the_tables_and_a_second_time_changes_nothing()
    {
        var connection = await server.NewDatabaseAsync();
        await using (var first = await ChildProgram.SiloAsync(0, "schema", "--postgres", connection))
        {
            Assert.Contains("1 state: applied", first.Output, StringComparison.Ordinal);
        }

        await using (var second = await ChildProgram.SiloAsync(0, "schema", "--postgres", connection))
        {
            Assert.DoesNotContain("applied", second.Output, StringComparison.Ordinal);
        }

        Assert.Null(await ComplaintAsync(connection));
    }

    [Fact]
    public async Task The_printed_script_makes_the_same_tables()
    {
        var connection = await server.NewDatabaseAsync();
        await using var printed = await ChildProgram.SiloAsync(0, "schema", "--print", "--schema", "shop_2");
        await ExecuteAsync(connection, printed.Output);
        Assert.Null(await ComplaintAsync(connection, "shop_2"));
        Assert.NotNull(await ComplaintAsync(connection));
    }

    [Fact]
    public async Task Ten_that_apply_it_at_once_apply_it_once()
    {
        await using var database = Database(await server.NewDatabaseAsync());
        var applied = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PostgreSqlSchema.ApplyAsync(database, Token)));
        Assert.Equal(PostgreSqlSchema.All.Count, applied.Sum(one => one.Count));
    }

    [Fact]
    public async Task A_database_without_tables_or_with_other_ones_is_named_with_what_to_do()
    {
        var connection = await server.NewDatabaseAsync();
        Assert.Contains("schema --postgres", await ComplaintAsync(connection), StringComparison.Ordinal);
        await using var database = Database(connection);
        await PostgreSqlSchema.ApplyAsync(database, Token);
        await ExecuteAsync(connection, "INSERT INTO orleans_analytics.schema_versions (version, name) VALUES (1000, 'of tomorrow')");
        Assert.Contains("have version 1000", await ComplaintAsync(connection), StringComparison.Ordinal);
        await ExecuteAsync(connection, "DELETE FROM orleans_analytics.schema_versions WHERE version > 1");
        Assert.Contains("apply the verb schema", await ComplaintAsync(connection), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_told_and_not_shown()
    {
        var wrong = (await server.ServerAsync()).ConnectionTo("postgres", "wrong-secret");
        await using var refused = await ChildProgram.SiloAsync(2, "schema", "--postgres", wrong);
        Assert.Contains("does not let us in", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-secret", refused.Told().Replace(wrong, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Migrations_are_numbered_without_a_gap() =>
        Assert.Equal(Enumerable.Range(1, PostgreSqlSchema.All.Count), PostgreSqlSchema.All.Select(migration => migration.Version));

    private static PostgreSqlDatabase Database(string connection, string? schema = null) =>
        new(new PostgreSqlOptions { ConnectionString = connection, Schema = schema ?? new PostgreSqlOptions().Schema }, TimeProvider.System);

    private static async Task<string?> ComplaintAsync(string connection, string? schema = null)
    {
        await using var database = Database(connection, schema);
        return await PostgreSqlSchema.ComplaintAsync(database, Token);
    }

    private static async Task ExecuteAsync(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }
}
