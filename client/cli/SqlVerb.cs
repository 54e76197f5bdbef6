using System.CommandLine;
using System.Text;
using OrleansAnalytics.Client;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Cli;

/// <summary><c>sql STATEMENT [--user ID] [--lake DIR] [--format table|csv|json|parquet] [--output FILE] [--rows N] [--timeout TIME]</c></summary>
internal static class SqlVerb
{
    private const int RowsOfATable = 30;
    private const string Table = "table";
    private const string Csv = "csv";
    private const string Json = "json";
    private const string Parquet = "parquet";

    public static Command Create()
    {
        var sql = new Argument<string>("STATEMENT") { Description = "One SELECT over events, session_events, sessions, carts, funnels, category_funnels, ingested, rejected." };
        var format = new Option<string>("--format") { Description = "How the answer is written.", DefaultValueFactory = _ => Table };
        format.AcceptOnlyFromAmong(Table, Csv, Json, Parquet);
        var output = new Option<FileInfo?>("--output", "-o") { Description = "Write to this file; needed for parquet.", HelpName = "FILE" };
        var rows = new Option<int?>("--rows") { Description = "Rows at most, the rest is left out. Default: 30 of a table; else all, and an error if they are too many." };
        rows.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < 1)
                result.AddError("--rows takes a number from 1.");
        });
        var user = new Option<string?>("--user") { Description = "Only the events of this user, without reading the files that have none.", HelpName = "ID" };
        var (lake, server) = (new LakeSourceOptions(), new ServerOptions());
        var command = new Command(
            "sql",
            """
            Ask the lake, every event that was ever accepted, in SQL. Times are UTC.

            Examples:
              orleans-analytics sql "SELECT brand, count(*) FROM events WHERE date = '2019-10-01' GROUP BY brand ORDER BY 2 DESC"
              orleans-analytics sql "SELECT * FROM carts WHERE outcome = 'abandoned'" --format csv > carts.csv
              orleans-analytics sql "FROM session_events" --user 512365995
              orleans-analytics sql "FROM sessions" --lake data/lake --format parquet -o sessions.parquet
            """)
        {
            sql, user, format, output, rows,
        };
        lake.AddTo(command);
        server.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetValue(format) == Parquet && result.GetValue(output) is null)
                result.AddError("--format parquet needs --output FILE.");
        });
        command.SetAction(async (parsed, stop) =>
        {
            var kind = parsed.GetRequiredValue(format);
            var most = parsed.GetValue(rows) ?? (kind == Table ? RowsOfATable : null);

            // One row more tells a table whether there are more.
            var asked = kind == Table ? most + 1 : most;
            var question = new LakeQuestion(parsed.GetRequiredValue(sql), asked, Cut: asked is not null, lake.Timeout(parsed)?.TotalSeconds, parsed.GetValue(user));
            var answer = lake.IsFolder(parsed)
                ? FromFolder(lake, parsed, question, kind, stop)
                : await FromServerAsync(server.Read(parsed), lake.Patience(parsed), question, kind, stop);
            await WriteAsync(answer, kind, most, parsed.GetValue(output), stop);
            return CommandLine.Success;
        });
        return command;
    }

    private static byte[] FromFolder(LakeSourceOptions lake, ParseResult parsed, LakeQuestion question, string format, CancellationToken stop)
    {
        using var database = lake.Open(parsed, user: question.User);
        var runner = new SqlRunner(database);
        var query = new SqlQuery(question.Sql) { MaxRows = question.Rows, Cut = question.Cut };
        if (format == Parquet)
            return runner.Parquet(query, stop).Bytes;
        using var bytes = new MemoryStream();
        if (format == Json)
        {
            SqlWriter.WriteJson(bytes, runner.Rows(query, stop));
        }
        else
        {
            using var writer = new StreamWriter(bytes, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
            SqlWriter.WriteCsv(writer, runner.Rows(query, stop));
        }

        return bytes.ToArray();
    }

    private static async Task<byte[]> FromServerAsync(Server server, TimeSpan patience, LakeQuestion question, string format, CancellationToken stop)
    {
        using var client = server.ForLake(patience);
        return await client.QueryLakeAsync(question, format switch { Json => "application/json", Parquet => "application/vnd.apache.parquet", _ => "text/csv" }, stop);
    }

    private static async Task WriteAsync(byte[] answer, string format, int? rows, FileInfo? output, CancellationToken stop)
    {
        if (output is not null)
        {
            await File.WriteAllBytesAsync(output.FullName, answer, stop);
            return;
        }

        var text = Encoding.UTF8.GetString(answer);
        if (format == Table)
            ReportTableView.Print("lake", text, rows!.Value, isReport: false);
        else
            await Console.Out.WriteAsync(format == Json ? text + Environment.NewLine : text);
    }
}
