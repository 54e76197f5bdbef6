using System.Globalization;
using System.Text;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// The rules of the live door as SQL: texts become values and a reason, the first that holds. What most numbers look like is recognised by a cast that
/// reads back as the same text; the others are read by <see cref="NumberText"/>.
/// </summary>
internal static class CleaningSql
{
    /// <summary>
    /// The fields that make two events without a producer's id the same. Cleaned rows have them, and <c>line</c>, <c>event_id</c>, <c>reason</c> (a
    /// <see cref="RejectReason"/> or null) and <c>id</c>, a hash that equal events share.
    /// </summary>
    public const string Identity =
        "event_time, event_type, user_id, user_session, product_id, category_id, category_code, brand, price, quantity, url, duration_ms, transaction_id";

    /// <summary><see cref="Identity"/> as the fields of a structure.</summary>
    public const string IdentityFields =
        "event_time := event_time, event_type := event_type, user_id := user_id, user_session := user_session, product_id := product_id, category_id := category_id, "
        + "category_code := category_code, brand := brand, price := price, quantity := quantity, url := url, duration_ms := duration_ms, transaction_id := transaction_id";

    /// <summary>Numbers, times and ids. A usual time is one of the shapes of <see cref="CsvDivider.HourOf"/>.</summary>
    public const string Macros =
        """
        CREATE MACRO price_of(t) AS CASE
            WHEN t IS NULL THEN 0::DECIMAL(18, 4)
            WHEN try_cast(t AS DECIMAL(14, 2))::VARCHAR = t THEN try_cast(t AS DECIMAL(14, 2))::DECIMAL(18, 4)
            ELSE try_cast(odd_price(coalesce(t, '')) AS DECIMAL(18, 4)) END;
        CREATE MACRO quantity_of(t) AS CASE
            WHEN t IS NULL THEN 1::BIGINT
            WHEN try_cast(t AS BIGINT)::VARCHAR = t THEN try_cast(t AS BIGINT)
            ELSE try_cast(odd_quantity(coalesce(t, '')) AS BIGINT) END;
        CREATE MACRO duration_of(t) AS CASE
            WHEN t IS NULL THEN 0::BIGINT
            WHEN try_cast(t AS INTEGER)::VARCHAR = t THEN try_cast(t AS INTEGER)::BIGINT * 1000
            ELSE try_cast(odd_duration(coalesce(t, '')) AS BIGINT) END;
        CREATE MACRO usual_time(t) AS try_cast(left(t, CASE WHEN substr(t, 20, 1) = '.' THEN 23 ELSE 19 END) AS TIMESTAMP);
        CREATE MACRO zone_minutes(z) AS CASE
            WHEN z = '' THEN 0
            ELSE (substr(z, 2, 2)::INTEGER * 60 + CASE WHEN strlen(z) > 3 THEN right(z, 2)::INTEGER ELSE 0 END) * CASE WHEN starts_with(z, '-') THEN -1 ELSE 1 END END;
        CREATE MACRO any_time(t) AS CASE
            WHEN regexp_full_match(t, '[0-9]{4}-[0-9]{2}-[0-9]{2}[ Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?( UTC|[Zz]|[+-](0[0-9]|1[0-8])(:?[0-5][0-9])?)?')
            THEN epoch_ms(epoch_ms(try_cast(left(t, 10) || ' ' || substr(t, 12, 8) AS TIMESTAMP))
                + rpad(left(regexp_extract(t, '\.([0-9]+)', 1), 3), 3, '0')::BIGINT
                - zone_minutes(regexp_extract(substr(t, 20), '[+-][0-9:]+$')) * 60000) END;
        CREATE MACRO is_mangled(t) AS (contains(t, 'e') OR contains(t, 'E'))
            AND regexp_full_match(t, '[0-9]+(\.[0-9]+)?[eE][+-][0-9]+|[0-9]+\.[0-9]+[eE][0-9]+');
        """;

    /// <summary>The columns of the lake's files, from cleaned rows.</summary>
    public const string StoredColumns =
        "event_time::TIMESTAMP_MS AS event_time, event_type, user_id, user_session, product_id, category_id, category_code, brand, "
        + "price::DECIMAL(18, 4) AS price, quantity::INTEGER AS quantity, url, duration_ms::BIGINT AS duration_ms, "
        + "event_id, NULL::INTEGER AS log_partition, NULL::BIGINT AS log_position";

    private const string Texts = "user_id, user_session, product_id, category_id, category_code, brand, url, transaction_id";

    private const string EventId = "CASE WHEN user_id IS NOT NULL AND producer_id IS NOT NULL THEN producer_event_id(coalesce(user_id, ''), coalesce(producer_id, '')) END";

    /// <summary>Reads rows that the divider wrote as CSV.</summary>
    public static string ReadCsv(ImportColumns columns, string path)
    {
        var names = new StringBuilder();
        for (var column = 0; column < columns.Count; column++)
        {
            names.Append(CultureInfo.InvariantCulture, $"'c{column}': 'VARCHAR', ");
        }

        // A line of the longest length doubles at most when it is quoted.
        return $"SELECT * FROM read_csv({Literal(path)}, auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
            + $"max_line_size = 4194304, columns = {{{names}'line': 'BIGINT'}})";
    }

    /// <summary>Rows that need no cleaning, with the columns of cleaned ones but for <c>reason</c> and <c>id</c>.</summary>
    public static string FromPlain(HourRowsFunction rows) =>
        "SELECT line, event_time, event_type, user_id, user_session, product_id, category_id, category_code, brand, NULL::VARCHAR AS url, NULL::VARCHAR AS transaction_id, "
        + $"NULL::VARCHAR AS producer_id, price, 1::BIGINT AS quantity, 0::BIGINT AS duration_ms, NULL::VARCHAR AS event_id FROM {rows.Name}()";

    /// <summary>Rows that need no cleaning, as cleaned ones.</summary>
    public static string CleanPlain(HourRowsFunction rows) => $"SELECT *, NULL::INTEGER AS reason, hash({Identity}) AS id FROM ({FromPlain(rows)})";

    /// <summary>Reads a Parquet file as texts; the line is the row, counted from 1.</summary>
    /// <param name="path">The file.</param>
    /// <param name="names">All its columns.</param>
    public static string ReadParquet(string path, IReadOnlyList<string> names)
    {
        var texts = names.Select((name, column) => $"nullif(CAST({Name(name)} AS VARCHAR), '') AS c{column}");
        return $"SELECT {string.Join(", ", texts)}, file_row_number + 1 AS line FROM read_parquet({Literal(path)}, file_row_number = true, hive_partitioning = false)";
    }

    /// <summary>Cleans rows.</summary>
    /// <param name="read">Gives the texts as <c>c0, c1, …</c> and <c>line</c>.</param>
    /// <param name="columns">What they mean.</param>
    /// <param name="isUsual">True if every event time has one of the shapes of <see cref="CsvDivider.HourOf"/>.</param>
    /// <param name="options">The limits.</param>
    /// <param name="nowMs">The clock, in milliseconds since 1970-01-01 UTC.</param>
    public static string Clean(string read, ImportColumns columns, bool isUsual, ImportOptions options, long nowMs)
    {
        string Text(string field) => columns.ColumnOf(field) is { } column ? string.Create(CultureInfo.InvariantCulture, $"c{column}") : "NULL::VARCHAR";
        var kind = columns.DefaultKind is { } known ? $"coalesce({Text("event_type")}, '{known}')" : Text("event_type");
        var texts = string.Join(", ", Texts.Split(", ").Select(field => $"{Text(field)} AS {field}"));
        string Number(string macro, string field, string absent) => columns.ColumnOf(field) is null ? absent : $"{macro}({Text(field)})";
        var select = $"""
            SELECT *, {(columns.HasEventIds ? EventId : "NULL::VARCHAR")} AS event_id FROM (
                SELECT line, {(isUsual ? "usual_time" : "any_time")}({Text("event_time")}) AS event_time, {kind} AS event_type, {texts}, {Text("event_id")} AS producer_id,
                    {Number("price_of", "price", "0::DECIMAL(18, 4)")} AS price, {Number("quantity_of", "quantity", "1::BIGINT")} AS quantity,
                    {Number("duration_of", "page_view_duration", "0::BIGINT")} AS duration_ms
                FROM ({read}))
            """;
        var identity = columns.HasEventIds ? $"CASE WHEN event_id IS NULL THEN hash({Identity}) ELSE hash(event_id) END" : $"hash({Identity})";
        return $"SELECT *, {Reason(options, nowMs + (long)options.MaxClockSkew.TotalMilliseconds)} AS reason, {identity} AS id FROM ({select})";
    }

    /// <summary>A text as SQL.</summary>
    public static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Name(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Reason(ImportOptions options, long lastMs) => string.Create(CultureInfo.InvariantCulture, $"""
        CASE
            WHEN event_time IS NULL OR event_time < epoch_ms(0) OR event_time >= epoch_ms(253402300800000) THEN {(int)RejectReason.BadTime}
            WHEN event_type IS NULL OR event_type NOT IN ('view', 'cart', 'remove_from_cart', 'purchase', 'page') THEN {(int)RejectReason.UnknownKind}
            WHEN user_id IS NULL THEN {(int)RejectReason.MissingUser}
            WHEN CASE WHEN event_type = 'page' THEN url IS NULL ELSE product_id IS NULL END THEN {(int)RejectReason.MissingProduct}
            WHEN price IS NULL OR price < 0 OR price > 1000000000000 OR quantity IS NULL OR quantity NOT BETWEEN 1 AND 1000000
                OR duration_ms IS NULL OR duration_ms NOT BETWEEN 0 AND 1000000000000000
                OR (quantity > 1 AND (price::DECIMAL(22, 4) * 10000)::HUGEINT > 10000000000000000 // quantity) THEN {(int)RejectReason.BadPrice}
            WHEN is_mangled(product_id) OR is_mangled(category_id) OR is_mangled(user_id) THEN {(int)RejectReason.MangledId}
            WHEN strlen(user_id) > {options.MaxIdLength} OR strlen(user_session) > {options.MaxIdLength} OR strlen(product_id) > {options.MaxIdLength}
                OR strlen(category_id) > {options.MaxIdLength} OR strlen(category_code) > {options.MaxIdLength} OR strlen(brand) > {options.MaxIdLength}
                OR strlen(producer_id) > {options.MaxIdLength} OR strlen(transaction_id) > {options.MaxIdLength} OR strlen(url) > {options.MaxUrlLength}
                THEN {(int)RejectReason.TooLong}
            WHEN event_time > epoch_ms({lastMs}) THEN {(int)RejectReason.InTheFuture}
        END
        """);
}
