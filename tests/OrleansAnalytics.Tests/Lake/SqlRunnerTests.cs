using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class SqlRunnerTests : IDisposable
{
    private const string Endless = "WITH RECURSIVE t AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM t) SELECT count(*) FROM t";

    private readonly SampleLake _lake = SampleLake.Of(
        new MadeEvent("2019-10-01 02:00:00", EventKind.View, "u"), new MadeEvent("2019-10-01 02:00:01", EventKind.Cart, "u"), new MadeEvent("2019-10-01 02:00:02", EventKind.Purchase, "u") { Price = 5 });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Refused() =>
    [
        "CREATE TABLE x AS SELECT 1", "CREATE VIEW events AS SELECT 1", "DROP VIEW events", "INSERT INTO ingested VALUES ('x', 1, 1, 1)", "UPDATE ingested SET received = 0",
        "DELETE FROM ingested", "COPY events TO 'x.csv'", "COPY (SELECT 1) TO '/tmp/x.parquet'", "EXPORT DATABASE '/tmp/x'", "IMPORT DATABASE '/tmp/x'", "ATTACH '/tmp/x.db'", "DETACH memory", "USE memory",
        "INSTALL httpfs", "LOAD httpfs", "FORCE INSTALL httpfs", "SET threads = 8", "RESET threads", "SET VARIABLE x = 1", "PRAGMA version", "PRAGMA database_list", "CALL pragma_version()", "CHECKPOINT",
        "BEGIN", "EXPLAIN SELECT 1", "EXPLAIN ANALYZE SELECT 1", "PREPARE p AS SELECT 1", "EXECUTE p", "VACUUM", "SELECT 1; SELECT 2", "SELECT 1; DROP VIEW events", "", ";", "-- nothing",
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM read_blob('/etc/passwd')", "SELECT * FROM glob('/*')", "SELECT * FROM parquet_metadata('x')",
        "SELECT * FROM '/etc/passwd'", "SELECT * FROM 'x.parquet'", "SELECT * FROM read_parquet('http://127.0.0.1/x.parquet')", "SELECT * FROM 's3://bucket/x.parquet'",
        "SELECT * FROM query('SELECT 1')", "SELECT * FROM query_table('events')", "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_settings", "SELECT * FROM duckdb_views()",
        "SELECT * FROM information_schema.tables", "SELECT * FROM pg_catalog.pg_views", "SELECT * FROM system.main.duckdb_views", "SELECT * FROM sqlite_master", "SHOW TABLES", "SHOW ALL TABLES",
        "SELECT current_setting('temp_directory')", "SELECT upper(current_setting('allowed_paths'))", "SELECT 1 WHERE getvariable('x') IS NULL", "SELECT pg_get_viewdef(1)", "SELECT write_log('x')",
        "WITH duckdb_settings AS (SELECT 1) SELECT * FROM duckdb_settings", "SELECT (SELECT count(*) FROM duckdb_views())", "DESCRIBE duckdb_settings", "SUMMARIZE '/etc/passwd'",
        "SELECT * FROM events WHERE user_id IN (SELECT content FROM read_text('/etc/passwd'))", "FROM json_execute_serialized_sql('{}')", "SELECT * FROM sniff_csv('/etc/passwd')",
        "PIVOT events ON event_type USING count(*)",
    ];

    public static TheoryData<string, string> Allowed() => new()
    {
        { "SELECT count(*) FROM events", "3" },
        { "select count(*) from main.events;", "3" },
        { "FROM events SELECT count(*) -- three", "3" },
        { "/* how many */ WITH e AS (SELECT * FROM events) SELECT count(*) FROM e;;", "3" },
        { "VALUES (7)", "7" },
        { "SELECT count(*) FROM (DESCRIBE events)", "17" },
        { "SELECT count(*) FROM (SUMMARIZE events)", "17" },
        { "SELECT sum(i) FROM range(5) AS t(i)", "10" },
        { "SELECT count(*) FROM events AS a JOIN events AS b USING (user_id)", "9" },
        { "SELECT max(i) FROM (WITH RECURSIVE t AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM t WHERE i < 5) SELECT i FROM t)", "5" },
        { "SELECT string_agg(event_type, ',' ORDER BY event_time) FROM events WHERE date = '2019-10-01' AND hour = 2", "view,cart,purchase" },
        { "SELECT list_transform([1, 2], x -> x + 1)[2]", "3" },
        { "SELECT 'DROP TABLE; --'", "DROP TABLE; --" },
        { "SELECT current_setting FROM (SELECT 'a column' AS current_setting)", "a column" },
    };

    public void Dispose() => _lake.Dispose();

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_statement_that_is_no_question_to_the_lake_is_refused(string sql)
    {
        using var database = _lake.Open();
        var runner = new SqlRunner(database);

        Assert.Equal(SqlError.Refused, Assert.Throws<SqlException>(() => runner.Rows(new SqlQuery(sql), Token)).Error);
        Assert.Throws<SqlException>(() => runner.Parquet(new SqlQuery(sql), Token));
        Assert.Equal(3, runner.Rows(new SqlQuery("FROM events"), Token).Rows.Count);
    }

    [Theory]
    [MemberData(nameof(Allowed))]
    public void A_question_to_the_lake_is_answered(string sql, string answer)
    {
        using var database = _lake.Open();

        Assert.Equal(answer, SqlWriter.Text(Assert.Single(new SqlRunner(database).Rows(new SqlQuery(sql), Token).Rows)[0]));
    }

    [Theory]
    [InlineData("SELECT * FROM read_text('/etc/passwd')")]
    [InlineData("SELECT * FROM '/etc/passwd'")]
    [InlineData("SELECT * FROM read_csv('/etc/passwd')")]
    [InlineData("SELECT * FROM glob('/*')")]
    [InlineData("SELECT * FROM read_parquet('http://127.0.0.1/x.parquet')")]
    [InlineData("COPY (SELECT 1) TO '/tmp/orleans-analytics-must-not-exist.csv'")]
    [InlineData("ATTACH '/tmp/orleans-analytics-must-not-exist.db'")]
    [InlineData("EXPORT DATABASE '/tmp/orleans-analytics-must-not-exist'")]
    [InlineData("INSTALL httpfs")]
    [InlineData("LOAD httpfs")]
    [InlineData("SET enable_external_access = true")]
    [InlineData("SET GLOBAL memory_limit = '1TB'")]
    [InlineData("SET lock_configuration = false")]
    [InlineData("RESET lock_configuration")]
    public void Without_the_gate_the_configuration_still_holds(string sql)
    {
        using var database = _lake.Open();

        Assert.Throws<SqlException>(() => new SqlRunner(database).Trusted(sql, Token));
        Assert.Empty(Directory.GetFileSystemEntries("/tmp", "orleans-analytics-must-not-exist*"));
    }

    [Theory]
    [InlineData("SELEC 1")]
    [InlineData("SELECT nothing FROM events")]
    [InlineData("SELECT * FROM nothing")]
    [InlineData("SELECT * FROM stored")]
    [InlineData("SELECT * FROM events WHERE")]
    [InlineData("SELECT no_such_function(1)")]
    [InlineData("SELECT 'x'::INTEGER")]
    [InlineData("SELECT 12345678901234567890123456789012345678::DECIMAL(38, 0)")]
    public void A_wrong_statement_is_told_from_a_refused_one(string sql)
    {
        using var database = _lake.Open();

        var failure = Assert.Throws<SqlException>(() => new SqlRunner(database).Rows(new SqlQuery(sql), Token));

        Assert.Equal(SqlError.Invalid, failure.Error);
        Assert.DoesNotContain(_lake.Root, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_endless_statement_ends_at_the_time_limit()
    {
        using var database = _lake.Open();
        var runner = new SqlRunner(database);

        Assert.Equal(SqlError.Timeout, Assert.Throws<SqlException>(() => runner.Rows(new SqlQuery(Endless) { TimeLimit = TimeSpan.FromMilliseconds(1) }, Token)).Error);
        Assert.Equal(SqlError.Timeout, Assert.Throws<SqlException>(() => runner.Parquet(new SqlQuery(Endless) { TimeLimit = TimeSpan.FromMilliseconds(1) }, Token)).Error);
        Assert.Equal(3, runner.Rows(new SqlQuery("FROM events"), Token).Rows.Count);
    }

    [Fact]
    public async Task A_caller_who_gives_up_ends_the_statement()
    {
        using var database = _lake.Open(new LakeQueryOptions { TimeLimit = TimeSpan.FromHours(1) });
        using var stop = new CancellationTokenSource();
        var runner = new SqlRunner(database);

        var asked = Task.Run(() => runner.Rows(new SqlQuery(Endless), stop.Token), Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public void A_statement_that_needs_too_much_memory_says_so()
    {
        using var database = _lake.Open(new LakeQueryOptions { MemoryLimitBytes = 32 << 20, Threads = 1 });

        var failure = Assert.Throws<SqlException>(() => new SqlRunner(database).Rows(new SqlQuery("SELECT length(string_agg(i::VARCHAR, ',')) FROM range(100000000) AS t(i)"), Token));

        Assert.Equal(SqlError.OutOfMemory, failure.Error);
    }

    [Fact]
    public void What_does_not_fit_into_memory_is_spilled()
    {
        using var database = _lake.Open(new LakeQueryOptions { MemoryLimitBytes = 64 << 20, Threads = 1, TimeLimit = TimeSpan.FromMinutes(10) });

        var rows = new SqlRunner(database).Rows(new SqlQuery("SELECT count(*) FROM (SELECT DISTINCT i, repeat('x', 100) AS x FROM range(1000000) AS t(i))"), Token).Rows;

        Assert.Equal(1_000_000L, rows[0][0]);
    }

    [Fact]
    public void An_answer_with_more_rows_is_cut_and_says_so_or_fails()
    {
        using var database = _lake.Open(new LakeQueryOptions { MaxRows = 100 });
        var runner = new SqlRunner(database);

        Assert.False(runner.Rows(new SqlQuery("FROM range(100)"), Token).IsCut);
        var cut = runner.Rows(new SqlQuery("FROM range(101)"), Token);
        Assert.Equal((100, true), (cut.Rows.Count, cut.IsCut));
        Assert.Equal(7, runner.Rows(new SqlQuery("FROM range(101)") { MaxRows = 7 }, Token).Rows.Count);
        Assert.Equal(SqlError.TooManyRows, Assert.Throws<SqlException>(() => runner.Rows(new SqlQuery("FROM range(101)") { Cut = false }, Token)).Error);

        Assert.False(runner.Parquet(new SqlQuery("FROM range(100)"), Token).IsCut);
        var file = runner.Parquet(new SqlQuery("FROM range(1000)"), Token);
        Assert.Equal((100L, true), (file.Rows, file.IsCut));
        Assert.Equal(SqlError.TooManyRows, Assert.Throws<SqlException>(() => runner.Parquet(new SqlQuery("FROM range(101)") { Cut = false }, Token)).Error);
    }

    [Fact]
    public void An_answer_with_too_many_bytes_is_cut()
    {
        using var database = _lake.Open(new LakeQueryOptions { MaxResultBytes = 1024 });

        var cut = new SqlRunner(database).Rows(new SqlQuery("SELECT repeat('x', 100) FROM range(100)"), Token);

        Assert.True(cut.IsCut);
        Assert.InRange(cut.Rows.Count, 1, 10);
    }

    [Fact]
    public void A_statement_that_is_too_long_is_refused()
    {
        using var database = _lake.Open(new LakeQueryOptions { MaxSqlLength = 100 });

        Assert.Equal(SqlError.Refused, Assert.Throws<SqlException>(() => new SqlRunner(database).Rows(new SqlQuery($"SELECT {new string('1', 100)}"), Token)).Error);
    }

    [Fact]
    public void A_statement_that_is_nested_too_deeply_is_no_defect()
    {
        using var database = _lake.Open();
        var nested = $"SELECT {new string('(', 5000)}1{new string(')', 5000)} + {string.Join(" + ", Enumerable.Repeat("1", 5000))}";

        Assert.Throws<SqlException>(() => new SqlRunner(database).Rows(new SqlQuery(nested), Token));
    }

    [Fact]
    public void Answers_as_text_keep_their_types()
    {
        using var database = _lake.Open();
        var result = new SqlRunner(database).Rows(
            new SqlQuery("""
                SELECT 1 AS a, NULL AS b, 'x,"y"' AS c, 1.50 AS d, DATE '2019-10-01' AS e, TIMESTAMP '2019-10-01 02:03:04.5' AS f, true AS g, [1, 2] AS h, {'k': 'v'} AS i,
                    170141183460469231731687303715884105727::HUGEINT AS j, 'nan'::DOUBLE AS k, 'ab'::BLOB AS l, 2 AS a
                """),
            Token);
        using var json = new MemoryStream();
        using var csv = new StringWriter();

        SqlWriter.WriteJson(json, result);
        SqlWriter.WriteCsv(csv, result);

        Assert.Equal(
            """[{"a":1,"b":null,"c":"x,\"y\"","d":1.50,"e":"2019-10-01","f":"2019-10-01T02:03:04.5Z","g":true,"h":[1,2],"i":{"k":"v"},"j":170141183460469231731687303715884105727,"k":"NaN","l":"YWI=","a_1":2}]""",
            System.Text.Encoding.UTF8.GetString(json.ToArray()));
        Assert.Equal(
            "a,b,c,d,e,f,g,h,i,j,k,l,a\r\n1,,\"x,\"\"y\"\"\",1.50,2019-10-01,2019-10-01 02:03:04.5,true,\"[1,2]\",\"{\"\"k\"\":\"\"v\"\"}\",170141183460469231731687303715884105727,NaN,YWI=,2\r\n",
            csv.ToString());
    }
}
