using System.Text;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// Answers about one file, without a lake: it is cleaned and deduplicated as an import would, then asked in SQL. Works for every layout and form that can be
/// imported. Answers are CSV with a header, lines ended by LF.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="time">The clock, by which events lie in the future.</param>
public sealed class FileSummary(ImportOptions options, TimeProvider time)
{
    private const string Pages =
        $"""
        SELECT 'Total Interactions', 'Total Unique Users', 'Most Visited URL', 'Average Time Spent on Each URL'
        UNION ALL
        SELECT count(*)::VARCHAR, count(DISTINCT user_id)::VARCHAR,
            (SELECT url FROM {ImportRun.Staged} WHERE reason IS NULL AND event_type = 'page' GROUP BY url ORDER BY count(*) DESC, min(event_time), url LIMIT 1),
            (coalesce(sum(duration_ms), 0) / 1000 / greatest(1, count(DISTINCT user_id)))::DOUBLE::VARCHAR
        FROM {ImportRun.Staged} WHERE reason IS NULL AND event_type = 'page'
        """;

    private const string PagesByUrl =
        $"""
        SELECT url, visits, total_seconds, average_seconds FROM (
            SELECT 0 AS place, 'URL' AS url, 'Visits' AS visits, 'Total Time' AS total_seconds, 'Average Time' AS average_seconds
            UNION ALL
            SELECT row_number() OVER (ORDER BY count(*) DESC, min(event_time), url), url, count(*)::VARCHAR, (sum(duration_ms) / 1000)::DOUBLE::VARCHAR,
                (sum(duration_ms) / 1000 / count(*))::DOUBLE::VARCHAR
            FROM {ImportRun.Staged} WHERE reason IS NULL AND event_type = 'page' GROUP BY url)
        ORDER BY place
        """;

    private const string Spend =
        $"""
        SELECT date, customer, spent FROM (
            SELECT 'date' AS date, 'customer_id' AS customer, 'total_spent' AS spent, 0 AS place
            UNION ALL
            SELECT strftime(event_time, '%Y-%m-%d') AS day, user_id, regexp_replace(sum(price * quantity)::DECIMAL(38, 4)::VARCHAR, '0?0$', ''), 1
            FROM {ImportRun.Staged} WHERE reason IS NULL AND event_type = 'purchase' GROUP BY day, user_id)
        ORDER BY place, date, customer
        """;

    /// <summary>
    /// Page visits, users, the most visited URL (ties: the one visited first), and the time in seconds on all pages / users. With <paramref name="byUrl"/>, after
    /// an empty line, visits, time and the average time of a visit for each URL.
    /// </summary>
    /// <inheritdoc cref="SpendOf" path="/exception"/>
    public string PagesOf(string file, bool byUrl, CancellationToken cancellationToken = default) =>
        byUrl ? Ask(file, cancellationToken, Pages, PagesByUrl) : Ask(file, cancellationToken, Pages);

    /// <summary>What every customer spent on a day: the sum of price × quantity of purchases.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, cut, empty, or has wrong columns.</exception>
    /// <exception cref="IOException">There is no such file, it cannot be read, or the disk is full.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public string SpendOf(string file, CancellationToken cancellationToken = default) => Ask(file, cancellationToken, Spend);

    private string Ask(string file, CancellationToken cancellationToken, params string[] questions)
    {
        options.Validate();
        var source = new ImportSource(file);
        var temporary = Directory.CreateTempSubdirectory("orleans-analytics-file-");
        try
        {
            var lake = new LakeFolder(temporary.FullName);
            using var folder = ImportFolder.Open(lake);
            using var database = ImportDatabase.Create(folder, options, cancellationToken);
            Stage(source, folder, new ImportRun(folder, options, time, database, null), cancellationToken);
            return string.Join('\n', questions.Select(question => Csv(database, question)));
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{file}: {exception.Message}", exception);
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private void Stage(ImportSource source, ImportFolder folder, ImportRun run, CancellationToken cancellationToken)
    {
        var rejections = new RejectionList(0);
        if (source.Form == SourceForm.Parquet)
        {
            run.StageParquet(source.Path);
        }
        else
        {
            using var reading = CsvReading.Open(source, options);
            using var buckets = new HourBuckets(folder.Buckets);
            var plain = new PlainLine(reading.Columns, options, time.GetUtcNow().ToUnixTimeMilliseconds());
            reading.Divide(new CsvDivider(reading.Columns, plain, buckets, rejections), null, cancellationToken);
            if (buckets.All.Count == 0)
            {
                throw new InvalidDataException("there are no rows in it");
            }

            run.StageCsv(reading.Columns, buckets.All);
        }

        run.FinishStage(rejections);
    }

    private static string Csv(ImportDatabase database, string question)
    {
        var text = new StringBuilder();
        var rows = database.Query(question, row => Enumerable.Range(0, row.FieldCount).Select(column => row.IsDBNull(column) ? "" : row.GetString(column)).ToList());
        foreach (var row in rows)
        {
            text.AppendJoin(',', row.Select(Cell)).Append('\n');
        }

        return text.ToString();
    }

    private static string Cell(string text) =>
        text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
