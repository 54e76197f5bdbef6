using System.Globalization;
using DuckDB.NET.Data;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// The database that does the work of one import: in the import's folder, within its memory, and without access to the network. Several connections share it;
/// each is used by one thread.
/// </summary>
internal sealed class ImportDatabase : IDisposable
{
    private readonly DuckDBConnection _connection;
    private readonly CancellationToken _stop;

    private ImportDatabase(DuckDBConnection connection, CancellationToken stop)
    {
        _connection = connection;
        _stop = stop;
        connection.Open();
    }

    /// <summary>Creates the database.</summary>
    /// <param name="folder">The import's folder.</param>
    /// <param name="options">Memory and threads.</param>
    /// <param name="stop">Interrupts what is running.</param>
    public static ImportDatabase Create(ImportFolder folder, ImportOptions options, CancellationToken stop)
    {
        var database = new ImportDatabase(new DuckDBConnection($"DataSource={folder.Database}"), stop);
        var memory = options.MemoryLimitBytes / 4 * 3;
        database.Execute(string.Create(CultureInfo.InvariantCulture, $"""
            SET GLOBAL TimeZone = 'UTC';
            SET GLOBAL memory_limit = '{memory}B';
            SET GLOBAL threads = {options.Threads};
            SET GLOBAL temp_directory = {CleaningSql.Literal(folder.Spill)};
            SET GLOBAL preserve_insertion_order = false;
            SET GLOBAL autoinstall_known_extensions = false;
            SET GLOBAL autoload_known_extensions = false;
            """));
        database._connection.RegisterScalarFunction<string, string, string>("producer_event_id", ProducerEventId.Of);
        database._connection.RegisterScalarFunction<string, string>("odd_price", NumberText.Price);
        database._connection.RegisterScalarFunction<string, string>("odd_quantity", NumberText.Quantity);
        database._connection.RegisterScalarFunction<string, string>("odd_duration", NumberText.Duration);
        database.Execute(CleaningSql.Macros);
        return database;
    }

    /// <summary>Another connection.</summary>
    public ImportDatabase Connect() => new(new DuckDBConnection(_connection.ConnectionString), _stop);

    /// <summary>A table of rows in memory, for one statement at a time.</summary>
    public HourRowsFunction TableOfRows() => new(_connection.NativeConnection);

    /// <summary>Runs statements; answers the rows that the last one changed or wrote.</summary>
    /// <exception cref="IOException">The disk is full, or the memory does not do.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public long Execute(string sql) => Guard(sql, command => command.ExecuteNonQuery());

    /// <summary>Reads all rows of an answer.</summary>
    /// <exception cref="IOException">The disk is full, or the memory does not do.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public List<T> Query<T>(string sql, Func<DuckDBDataReader, T> row) => Guard(sql, command =>
    {
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    });

    /// <summary>Fills a table of one column of 64-bit numbers.</summary>
    public void Append(string table, IEnumerable<long> numbers)
    {
        using var appender = _connection.CreateAppender(table);
        foreach (var number in numbers)
        {
            appender.CreateRow().AppendValue(number).EndRow();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private T Guard<T>(string sql, Func<DuckDBCommand, T> run)
    {
        _stop.ThrowIfCancellationRequested();
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        try
        {
            using var stopping = _stop.Register(command.Cancel);
            return run(command);
        }
        catch (DuckDBException) when (_stop.IsCancellationRequested)
        {
            throw new OperationCanceledException(_stop);
        }
        catch (DuckDBException exception) when (IsOfTheMachine(exception.Message))
        {
            throw new IOException(FirstLine(exception.Message), exception);
        }
    }

    /// <summary>The first line of an error; what follows is the statement.</summary>
    public static string FirstLine(string message) => message.Split('\n')[0].Trim();

    private static bool IsOfTheMachine(string message) =>
        message.Contains("No space left", StringComparison.Ordinal) || message.Contains("Out of Memory", StringComparison.OrdinalIgnoreCase);
}
