using System.Globalization;
using DuckDB.NET.Data;
using OrleansAnalytics.Lake.Digests;

namespace OrleansAnalytics.Lake;

/// <summary>The views of an open lake, over its files and their digests.</summary>
/// <param name="connection">The engine.</param>
/// <param name="files">The files that are read.</param>
/// <param name="digested">Those of them whose digests stand for their events wherever these are enough.</param>
/// <param name="pathOf">Where a file is.</param>
/// <param name="digestOf">Where a file's digest of a kind is.</param>
/// <param name="user">The only user whose events there are; null for all.</param>
internal sealed class LakeViews(
    DuckDBConnection connection, IReadOnlyList<LakeFile> files, IReadOnlyList<LakeFile> digested, Func<LakeFile, string> pathOf, Func<LakeFile, string, string> digestOf, string? user)
{
    // In the order in which they build on each other. Those of reports are made when they are first needed, as that takes longer than to ask for one user.
    private static readonly string[] OfEvents = ["numbers", "events", "sessions"];
    private static readonly string[] OverDigests = ["counts", "actions"];
    private static readonly string[] OfSessions = ["spans", "carts", "funnels"];

    private bool _hasThoseOfReports;
    private bool _hasThoseOfSessions;

    /// <summary>Every file that the views read.</summary>
    public IEnumerable<string> Paths => files.Select(pathOf).Concat(LakeDigests.Kinds.SelectMany(PathsOf));

    /// <summary>The longest gap within a session, as a macro.</summary>
    public static string SessionTimeout(TimeSpan timeout) =>
        $"CREATE MACRO session_timeout_ms() AS {((long)timeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)};";

    /// <summary>A view with the columns of the files, and no row.</summary>
    public static string NothingIn(string view) => $"""
        CREATE OR REPLACE VIEW {view} AS SELECT
            NULL::TIMESTAMPTZ AS event_time, NULL::VARCHAR AS event_type, NULL::VARCHAR AS user_id, NULL::VARCHAR AS user_session, NULL::VARCHAR AS product_id,
            NULL::VARCHAR AS category_id, NULL::VARCHAR AS category_code, NULL::VARCHAR AS brand, NULL::DECIMAL(18, 4) AS price, NULL::INTEGER AS quantity,
            NULL::VARCHAR AS url, NULL::BIGINT AS duration_ms, NULL::VARCHAR AS event_id, NULL::INTEGER AS log_partition, NULL::BIGINT AS log_position,
            NULL::DATE AS date, NULL::INTEGER AS hour, NULL::UBIGINT AS file_index, NULL::BIGINT AS file_row_number
        WHERE false;
        """;

    /// <summary>A view of the rows of files with the place of each, and the hours of the folders, by which files are left out unread.</summary>
    public static string FilesIn(string view, IEnumerable<string> paths) => $"""
        CREATE OR REPLACE VIEW {view} AS SELECT *, file_index, file_row_number FROM read_parquet(
            {SqlText.List(paths)}, hive_partitioning = true, hive_types = {"{'date': DATE, 'hour': INTEGER}"})
        """;

    /// <summary>Makes those that are always there: events and sessions, of events alone.</summary>
    public void Add() => AddOverNothing(OfEvents.Select(View));

    /// <summary>Makes those on counts and carts that reports ask, if they are not there yet.</summary>
    public void AddThoseOfReports()
    {
        if (!_hasThoseOfReports)
        {
            AddOverNothing([View("slices"), .. LakeDigests.Kinds.Select(kind => $"CREATE VIEW undigested_{kind} AS {SqlText.Embedded($"Digests/{kind}.sql")}; {NoDigests(kind)}"), .. OverDigests.Select(View)]);
            _hasThoseOfReports = true;
            PutDigested();
        }
    }

    /// <summary>Makes those on carts, sessions and funnels too.</summary>
    public void AddThoseOfSessions()
    {
        AddThoseOfReports();
        if (!_hasThoseOfSessions)
        {
            AddOverNothing([.. LakeDigests.Kinds.Select(NoDigests), .. OfSessions.Select(View)]);
            _hasThoseOfSessions = true;
            PutDigested();
        }
    }

    private static string View(string name) => SqlText.Embedded($"Views/{name}.sql");

    private static string NoDigests(string kind) => $"CREATE OR REPLACE VIEW digested_{kind} AS FROM undigested_{kind} WHERE false";

    /// <summary>Makes views over no files and puts the files under them at the end: else each view would look at all files anew.</summary>
    private void AddOverNothing(IEnumerable<string> views)
    {
        Execute(NothingIn("stored"));
        Execute(NothingIn("stored_undigested"));
        foreach (var view in views)
        {
            Execute(view);
        }

        Put("stored", files);
    }

    /// <summary>Puts digests under the views of reports, and the files that have none.</summary>
    private void PutDigested()
    {
        Put("stored_undigested", [.. files.Except(digested)]);
        foreach (var kind in LakeDigests.Kinds.Where(_ => digested.Count > 0))
        {
            Execute($"CREATE OR REPLACE VIEW digested_{kind} AS FROM read_parquet({SqlText.List(PathsOf(kind))}, hive_partitioning = false)");
        }
    }

    private void Put(string view, IReadOnlyList<LakeFile> under)
    {
        if (under.Count > 0)
        {
            Execute(FilesIn(view, under.Select(pathOf)) + (user is null ? "" : $" WHERE user_id = {SqlText.Literal(user)}"));
        }
    }

    private IEnumerable<string> PathsOf(string kind) => digested.Select(file => digestOf(file, kind));

    private void Execute(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
