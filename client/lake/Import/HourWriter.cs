using System.Globalization;

namespace OrleansAnalytics.Lake.Import;

/// <summary>Cleans, deduplicates, sorts and writes the events of one hour after the other, on a connection of its own.</summary>
/// <param name="database">The connection.</param>
/// <param name="folder">Where files wait until the import is done.</param>
internal sealed class HourWriter(ImportDatabase database, ImportFolder folder) : IDisposable
{
    private const string Rows = "hour_rows";

    /// <summary>Rows that agree in this are one event, the first of the file.</summary>
    private const string SameEvent =
        $"event_id, CASE WHEN event_id IS NULL THEN struct_pack({CleaningSql.IdentityFields}) END";

    // What comes out of an import compresses no better at higher levels.
    private static readonly string Format =
        string.Create(CultureInfo.InvariantCulture, $"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {HourMerge.RowsOfAGroup})");

    /// <summary>The table that gives plain rows to the connection.</summary>
    public HourRowsFunction Plain { get; } = database.TableOfRows();

    /// <summary>Writes an hour whose rows are all events beyond doubt.</summary>
    /// <param name="hour">The hour as a number: <c>2019100102</c>.</param>
    /// <param name="rows">All of them.</param>
    public HourResult WritePlain(long hour, BucketRows rows)
    {
        rows.Load();
        using var sorted = new SortedRows(rows);
        Plain.Source = sorted;
        var path = folder.PathOf(hour);
        Copy($"SELECT {CleaningSql.StoredColumns} FROM ({CleaningSql.FromPlain(Plain)})", path);
        return new HourResult(hour, path, sorted.Count, sorted.Duplicates, new Dictionary<Ingest.RejectReason, long>());
    }

    /// <summary>Writes an hour.</summary>
    /// <param name="hour">The hour as a number: <c>2019100102</c>.</param>
    /// <param name="select">Cleaned rows.</param>
    /// <param name="rejections">Keeps the first of those that have a reason; they are counted in the result.</param>
    public HourResult Write(long hour, string select, RejectionList rejections)
    {
        database.Execute($"CREATE OR REPLACE TEMP TABLE {Rows} AS {select}");
        var rejected = Reject(database, Rows, rejections);
        var duplicates = Deduplicate(database, Rows);
        var accepted = database.Query($"SELECT count(*) FROM {Rows} WHERE reason IS NULL", row => row.GetInt64(0))[0];
        if (accepted == 0)
        {
            return new HourResult(hour, null, 0, duplicates, rejected);
        }

        var path = folder.PathOf(hour);
        Copy($"SELECT {CleaningSql.StoredColumns} FROM {Rows} WHERE reason IS NULL ORDER BY user_id, event_time, line", path);
        return new HourResult(hour, path, accepted, duplicates, rejected);
    }

    /// <summary>Removes the rows of a table that are the same event as an earlier one of the table; answers how many.</summary>
    public static long Deduplicate(ImportDatabase database, string table)
    {
        // Nearly all hashes are single, and counting them is cheap; what shares one is compared field by field.
        var shared = database.Query($"SELECT count(id) - count(DISTINCT id) FROM {table} WHERE reason IS NULL", row => row.GetInt64(0))[0];
        return shared == 0 ? 0 : database.Execute($"""
            DELETE FROM {table} WHERE line IN (
                SELECT line FROM (
                    SELECT line, row_number() OVER (PARTITION BY {SameEvent} ORDER BY line) AS n
                    FROM {table}
                    WHERE reason IS NULL AND id IN (SELECT id FROM {table} WHERE reason IS NULL GROUP BY id HAVING count(*) > 1))
                WHERE n > 1)
            """);
    }

    /// <summary>Counts the rows of a table that have a reason, and keeps the first ones.</summary>
    public static Dictionary<Ingest.RejectReason, long> Reject(ImportDatabase database, string table, RejectionList rejections)
    {
        var counts = database.Query(
            $"SELECT reason, count(*) FROM {table} WHERE reason IS NOT NULL GROUP BY reason",
            row => (Reason: (Ingest.RejectReason)row.GetInt32(0), Rows: row.GetInt64(1))).ToDictionary(count => count.Reason, count => count.Rows);
        if (counts.Count > 0)
        {
            var first = database.Query(
                string.Create(CultureInfo.InvariantCulture, $"SELECT line, reason FROM {table} WHERE reason IS NOT NULL ORDER BY line LIMIT {rejections.Kept}"),
                row => (Line: row.GetInt64(0), Reason: (Ingest.RejectReason)row.GetInt32(1)));
            lock (rejections)
            {
                first.ForEach(rejection => rejections.Keep(rejection.Line, rejection.Reason));
            }
        }

        return counts;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        database.Dispose();
        Plain.Dispose();
    }

    private void Copy(string select, string path)
    {
        database.Execute($"COPY ({select}) TO {CleaningSql.Literal(path)} {Format}");
        ParquetFile.MarkUtc(path);
    }
}

/// <summary>What became of the rows of an hour.</summary>
/// <param name="Hour">The hour as a number: <c>2019100102</c>.</param>
/// <param name="Path">The file, where it waits; null if there is no event.</param>
/// <param name="Accepted">The events.</param>
/// <param name="Duplicates">Rows that were the same event as an earlier one.</param>
/// <param name="Rejected">Rows by the reason why they are no events.</param>
internal sealed record HourResult(long Hour, string? Path, long Accepted, long Duplicates, IReadOnlyDictionary<Ingest.RejectReason, long> Rejected);
