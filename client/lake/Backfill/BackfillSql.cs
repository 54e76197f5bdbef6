using System.Globalization;

namespace OrleansAnalytics.Lake.Backfill;

/// <summary>How the events of an hour are put aside, and read.</summary>
internal static class BackfillSql
{
    private const string Fields = "event_time, event_type, user_id, user_session, product_id, category_id, category_code, brand, price, quantity, url, duration_ms";

    /// <summary>
    /// The imported events of files, in the order in which they happened; of equal times, in that of their file. Events of one file with equal fields and without an id
    /// were told apart by something that the lake does not keep (lines of one order): all but the first get ids, the same ones whenever this is asked.
    /// </summary>
    /// <param name="files">A list of Parquet files.</param>
    public static string Select(string files) => $"""
        SELECT
            epoch_ms(event_time) AS time_ms, event_type, user_id, user_session, product_id, category_id, category_code, brand, price::DECIMAL(18, 4) AS price,
            quantity::INTEGER AS quantity, url, duration_ms::BIGINT AS duration_ms,
            CASE WHEN event_id IS NULL AND copy > 1 THEN md5(row({Fields})::VARCHAR) || '-' || copy ELSE event_id END AS event_id
        FROM (
            SELECT *, file_index AS place, file_row_number AS line, row_number() OVER (PARTITION BY file_index, event_id, {Fields} ORDER BY file_row_number) AS copy
            FROM read_parquet({files}, hive_partitioning = false) WHERE log_partition IS NULL)
        ORDER BY time_ms, place, line
        """;

    /// <summary>What was put aside, from a row on (the first is 0).</summary>
    public static string Rows(string file, long from) => string.Create(CultureInfo.InvariantCulture, $"""
        SELECT * EXCLUDE (line) FROM (SELECT *, file_row_number AS line FROM read_parquet({SqlText.Literal(file)}, hive_partitioning = false)) WHERE line >= {from} ORDER BY line
        """);
}
