using System.Collections.Concurrent;
using System.Globalization;

namespace OrleansAnalytics.Lake.Import;

/// <summary>Cleans, deduplicates, sorts and writes the events of one hour after the other, on a connection of its own.</summary>
/// <param name="database">The connection.</param>
/// <param name="lake">Where the files go.</param>
/// <param name="source">The name of the import.</param>
/// <param name="written">Takes the path of every file before it is begun.</param>
internal sealed class HourWriter(ImportDatabase database, LakeFolder lake, string source, ConcurrentBag<string> written)
{
    private const string Rows = "hour_rows";

    /// <summary>Rows that agree in this are one event, the first of the file.</summary>
    private const string SameEvent =
        $"event_id, CASE WHEN event_id IS NULL THEN struct_pack({CleaningSql.IdentityFields}) END";

    /// <summary>Takes the rows of an hour.</summary>
    /// <param name="select">Cleaned rows.</param>
    /// <param name="rejections">Takes those with a reason.</param>
    public void Load(string select, RejectionList rejections)
    {
        database.Execute($"CREATE OR REPLACE TEMP TABLE {Rows} AS {select}");
        Reject(database, Rows, rejections);
    }

    /// <summary>Writes what was loaded.</summary>
    /// <param name="hour">The hour as a number, for the file's place: <c>2019100102</c>.</param>
    /// <param name="duplicates">Rows that were the same event as an earlier one.</param>
    /// <returns>The file; null if there is no event.</returns>
    public LakeFile? Write(long hour, out long duplicates)
    {
        duplicates = Deduplicate(database, Rows);
        var accepted = database.Query($"SELECT count(*) FROM {Rows} WHERE reason IS NULL", row => row.GetInt64(0))[0];
        if (accepted == 0)
        {
            return null;
        }

        var file = new LakeFile(ImportFolder.PlaceOf(source, hour), accepted, 0, 0, 0);
        var path = lake.PathOf(file);
        written.Add(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        database.Execute($"""
            COPY (
                SELECT event_time::TIMESTAMP_MS AS event_time, event_type, user_id, user_session, product_id, category_id, category_code, brand,
                    price::DECIMAL(18, 4) AS price, quantity::INTEGER AS quantity, url, duration_ms::BIGINT AS duration_ms,
                    event_id, NULL::INTEGER AS log_partition, NULL::BIGINT AS log_position
                FROM {Rows} WHERE reason IS NULL ORDER BY user_id, event_time, line)
            TO {CleaningSql.Literal(path)} (FORMAT parquet, COMPRESSION zstd)
            """);
        ParquetFile.MarkUtc(path);
        return file with { Bytes = new FileInfo(path).Length };
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
    public static void Reject(ImportDatabase database, string table, RejectionList rejections)
    {
        var counts = database.Query(
            $"SELECT reason, count(*) FROM {table} WHERE reason IS NOT NULL GROUP BY reason",
            row => (Reason: (Ingest.RejectReason)row.GetInt32(0), Rows: row.GetInt64(1)));
        if (counts.Count == 0)
        {
            return;
        }

        var first = database.Query(
            string.Create(CultureInfo.InvariantCulture, $"SELECT line, reason FROM {table} WHERE reason IS NOT NULL ORDER BY line LIMIT {rejections.Kept}"),
            row => (Line: row.GetInt64(0), Reason: (Ingest.RejectReason)row.GetInt32(1)));
        lock (rejections)
        {
            counts.ForEach(count => rejections.Count(count.Reason, count.Rows));
            first.ForEach(rejection => rejections.Keep(rejection.Line, rejection.Reason));
        }
    }
}
