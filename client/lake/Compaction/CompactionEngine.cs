using System.Data.Common;
using System.Globalization;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using OrleansAnalytics.Lake.Import;

namespace OrleansAnalytics.Lake;

/// <summary>
/// The engine that puts files together and looks into them, within limits of its own. Its statements are this program's, so what it refuses is about the machine or a file: no room, no memory, a
/// damaged file.
/// </summary>
internal sealed class CompactionEngine : IDisposable
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:");

    /// <summary>Opens it.</summary>
    /// <param name="memoryBytes">Its memory; what does not fit is spilled.</param>
    /// <param name="threads">Its threads.</param>
    /// <param name="spill">The folder for what is spilled.</param>
    public CompactionEngine(long memoryBytes, int threads, string spill)
    {
        _connection.Open();
        Execute(string.Create(CultureInfo.InvariantCulture, $"""
            SET TimeZone = 'UTC';
            SET threads = {threads};
            SET memory_limit = '{memoryBytes}B';
            SET temp_directory = {SqlText.Literal(spill)};
            """));
    }

    /// <summary>The folder in a lake for what its compaction spills.</summary>
    public static string SpillOf(LakeFolder folder) => Path.Combine(folder.Root, ".compaction");

    /// <summary>Runs statements; answers the rows of the last one.</summary>
    /// <exception cref="IOException">The disk is full, the memory does not suffice, or a file cannot be read.</exception>
    public long Execute(string sql) => Guard(sql, command => command.ExecuteNonQuery());

    /// <summary>The rows of a statement.</summary>
    /// <exception cref="IOException">The memory does not suffice, or a file cannot be read.</exception>
    public List<T> Query<T>(string sql, Func<DbDataReader, T> row) => Guard(sql, command =>
    {
        using var reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    });

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private T Guard<T>(string sql, Func<DuckDBCommand, T> run)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        try
        {
            return run(command);
        }
        catch (DuckDBException exception) when (exception.ErrorType is not (DuckDBErrorType.Internal or DuckDBErrorType.Fatal))
        {
            throw new IOException(ImportDatabase.FirstLine(exception.Message), exception);
        }
    }
}
