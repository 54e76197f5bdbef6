using System.Globalization;
using DuckDB.NET.Data;
using DuckDB.NET.Native;

namespace OrleansAnalytics.Lake;

/// <summary>
/// Answers SQL over a lake. All methods block until the answer is whole, and throw <see cref="SqlException"/> if there is none and
/// <see cref="OperationCanceledException"/> if the caller gives up. One question at a time.
/// </summary>
/// <param name="database">The lake.</param>
public sealed class SqlRunner(LakeDatabase database)
{
    private LakeQueryOptions Options => database.Options;

    /// <summary>The answer as rows.</summary>
    public SqlResult Rows(SqlQuery query, CancellationToken cancellationToken = default)
    {
        Check(query);
        return Collect(query.Sql, Limit(query), Options.MaxResultBytes, query.Cut, query.TimeLimit, cancellationToken);
    }

    /// <summary>The answer as a Parquet file, with the columns' types as they are.</summary>
    public SqlParquet Parquet(SqlQuery query, CancellationToken cancellationToken = default)
    {
        Check(query);
        var limit = Limit(query);
        var whole = Path.Combine(database.TempFolder, "answer.parquet");
        var cut = Path.Combine(database.TempFolder, "cut.parquet");
        try
        {
            // One row more than asked for tells whether there are more.
            var rows = Copy($"SELECT * FROM query({SqlText.Literal(query.Sql)}) LIMIT {Text(limit + 1L)}", whole, query.TimeLimit, cancellationToken);
            if (rows <= limit)
            {
                return new SqlParquet(Read(whole), rows, IsCut: false);
            }

            if (!query.Cut)
            {
                throw TooMany(limit);
            }

            Copy($"SELECT * FROM read_parquet({SqlText.Literal(whole)}) LIMIT {Text(limit)}", cut, query.TimeLimit, cancellationToken);
            return new SqlParquet(Read(cut), limit, IsCut: true);
        }
        finally
        {
            File.Delete(whole);
            File.Delete(cut);
        }
    }

    /// <summary>The answer to a statement of this program's own, which needs no gate.</summary>
    /// <param name="sql">The statement.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="left">What is left of the time limit; null for all of it.</param>
    internal SqlResult Trusted(string sql, CancellationToken cancellationToken, TimeSpan? left = null) =>
        Run(sql, left ?? Options.TimeLimit, Options.TimeLimit, command => Read(command, Options.MaxReportRows, long.MaxValue, cut: false), cancellationToken);

    /// <summary>Runs statements of this program's own, one after the other.</summary>
    /// <param name="sql">The statements.</param>
    /// <param name="left">What is left of the time limit for all of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal void Script(string sql, TimeSpan left, CancellationToken cancellationToken) =>
        Run(sql, left, Options.TimeLimit, command => command.ExecuteNonQuery(), cancellationToken, isStreamed: false);

    private void Check(SqlQuery query)
    {
        if (query.Sql.Length > Options.MaxSqlLength)
        {
            throw new SqlException(SqlError.Refused, $"The statement has {query.Sql.Length} characters; at most {Options.MaxSqlLength} are taken.");
        }

        try
        {
            SqlGate.Check(database.Connection, query.Sql);
            if (LakeDatabase.MayNameDerivedViews(query.Sql))
            {
                database.AddDerivedViews();
            }
        }
        catch (DuckDBException exception)
        {
            throw database.Explain(exception) ?? (Exception)exception;
        }
    }

    private int Limit(SqlQuery query) => Math.Clamp(query.MaxRows ?? Options.MaxRows, 1, Options.MaxRows);

    private SqlResult Collect(string sql, int maxRows, long maxBytes, bool cut, TimeSpan? timeLimit, CancellationToken cancellationToken) =>
        Run(sql, timeLimit, command => Read(command, maxRows, maxBytes, cut), cancellationToken);

    private static SqlResult Read(DuckDBCommand command, int maxRows, long maxBytes, bool cut)
    {
        using var reader = command.ExecuteReader();
        var columns = Enumerable.Range(0, reader.FieldCount).Select(i => new SqlColumn(reader.GetName(i), reader.GetDataTypeName(i).ToUpperInvariant())).ToArray();
        var rows = new List<object?[]>();
        var bytes = 0L;
        while (reader.Read())
        {
            var row = new object?[columns.Length];
            for (var i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : SqlCell.Of(reader.GetValue(i), columns[i].Type);
                bytes += SqlCell.Bytes(row[i]);
            }

            if (rows.Count == maxRows || bytes > maxBytes)
            {
                return cut ? new SqlResult(columns, rows, IsCut: true) : throw TooMany(maxRows);
            }

            rows.Add(row);
        }

        return new SqlResult(columns, rows, IsCut: false);
    }

    private long Copy(string select, string path, TimeSpan? timeLimit, CancellationToken cancellationToken) =>
        Run($"COPY ({select}) TO {SqlText.Literal(path)} (FORMAT parquet, COMPRESSION zstd)", timeLimit, command => (long)command.ExecuteNonQuery(), cancellationToken);

    private byte[] Read(string path)
    {
        var length = new FileInfo(path).Length;
        return length <= Options.MaxResultBytes
            ? File.ReadAllBytes(path)
            : throw new SqlException(SqlError.TooManyRows, $"The Parquet file has {length} bytes; at most {Options.MaxResultBytes} are answered. Ask for fewer rows or columns.");
    }

    private T Run<T>(string sql, TimeSpan? timeLimit, Func<DuckDBCommand, T> answer, CancellationToken cancellationToken)
    {
        var limit = timeLimit is { } asked && asked < Options.TimeLimit && asked > TimeSpan.Zero ? asked : Options.TimeLimit;
        return Run(sql, limit, limit, answer, cancellationToken);
    }

    private T Run<T>(string sql, TimeSpan left, TimeSpan limit, Func<DuckDBCommand, T> answer, CancellationToken cancellationToken, bool isStreamed = true)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var command = database.Connection.CreateCommand();
        command.CommandText = sql;
        command.UseStreamingMode = isStreamed;
        using var deadline = new SqlDeadline(command, left > TimeSpan.Zero ? left : TimeSpan.Zero, database.Time, cancellationToken);
        try
        {
            return answer(command);
        }
        catch (Exception exception) when (deadline.HasInterrupted && (exception is OperationCanceledException || SqlErrors.IsInterrupt(exception)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new SqlException(SqlError.Timeout, $"The statement was stopped: it may take {limit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s.", exception);
        }
        catch (DuckDBException exception)
        {
            throw database.Explain(exception) ?? (Exception)exception;
        }
        catch (OverflowException exception)
        {
            throw new SqlException(SqlError.Invalid, "A decimal of the answer has more digits than can be given (28); cast it to DOUBLE or VARCHAR.", exception);
        }
    }

    private static SqlException TooMany(int rows) => new(SqlError.TooManyRows, $"The answer has more than {rows} rows, or too many bytes for one answer.");

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
