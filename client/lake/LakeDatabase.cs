using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using OrleansAnalytics.Lake.Users;
using OrleansAnalytics.Snapshots;

namespace OrleansAnalytics.Lake;

/// <summary>
/// The lake as a database that can only be read: the view <c>events</c> over exactly the files that the manifests named when it was opened, and views built
/// on it (<see cref="Tables"/>). It reaches no other file, no network and no extension, and its configuration is locked. Everything is in UTC. For one
/// question at a time; open another for more.
/// </summary>
public sealed class LakeDatabase : IDisposable
{
    // In the order in which they build on each other; the derived ones are made when they are first needed, as that takes longer than to ask for one user.
    private static readonly string[] Views = ["numbers", "events", "counts", "sessions", "actions"];
    private static readonly string[] DerivedViews = ["spans", "carts", "funnels"];

    private const string NothingStored = """
        CREATE OR REPLACE VIEW stored AS SELECT
            NULL::TIMESTAMPTZ AS event_time, NULL::VARCHAR AS event_type, NULL::VARCHAR AS user_id, NULL::VARCHAR AS user_session, NULL::VARCHAR AS product_id,
            NULL::VARCHAR AS category_id, NULL::VARCHAR AS category_code, NULL::VARCHAR AS brand, NULL::DECIMAL(18, 4) AS price, NULL::INTEGER AS quantity,
            NULL::VARCHAR AS url, NULL::BIGINT AS duration_ms, NULL::VARCHAR AS event_id, NULL::INTEGER AS log_partition, NULL::BIGINT AS log_position,
            NULL::DATE AS date, NULL::INTEGER AS hour, NULL::UBIGINT AS file_index, NULL::BIGINT AS file_row_number
        WHERE false;
        """;

    private readonly DirectoryInfo _temp;
    private readonly LakeFolder _folder;
    private bool _hasDerivedViews;

    private LakeDatabase(LakeFolder folder, LakeQueryOptions options, IReadOnlyList<LakeManifest> manifests, TimeProvider time, DirectoryInfo temp, Period? period, string? user)
    {
        (_folder, Options, Manifests, Time, _temp, Period, User) = (folder, options, manifests, time, temp, period, user);
        Files = LakeManifest.FilesOf(Manifests);
        IReadOnlyList<LakeFile> ofPeriod = Period is { } only ? [.. Files.Where(file => only.Contains(LakeHours.Of(file)))] : Files;
        FilesRead = User is null ? ofPeriod : new UserFilters(folder).FilesOf(User, ofPeriod);
        Connection = new DuckDBConnection("DataSource=:memory:");
        ReportTables = new ReportTables(this);
    }

    /// <summary>The tables that a statement may name: <c>events</c> and the views on it.</summary>
    public static IReadOnlyList<string> Tables { get; } = ["events", "session_events", "sessions", "carts", "funnels", "category_funnels", "ingested", "rejected"];

    /// <summary>What the manifests said when it was opened.</summary>
    public IReadOnlyList<LakeManifest> Manifests { get; }

    /// <summary>The position by partition that the lake is as of; imports have none.</summary>
    public IReadOnlyDictionary<int, long> AsOf => Manifests
        .Where(manifest => PartitionOf(manifest) is not null)
        .ToDictionary(manifest => PartitionOf(manifest)!.Value, manifest => manifest.Through);

    /// <summary>The only period of which it has events; null for all.</summary>
    public Period? Period { get; }

    /// <summary>The only user of whom it has events; null for all.</summary>
    public string? User { get; }

    /// <summary>The files that belong to the lake by these manifests.</summary>
    public IReadOnlyList<LakeFile> Files { get; }

    /// <summary>Those of them that it reads: of the period alone, if it is of one, and those that may have events of the user, if it is of one (<see cref="UserFilters"/>).</summary>
    public IReadOnlyList<LakeFile> FilesRead { get; }

    /// <summary>What a question may cost.</summary>
    internal LakeQueryOptions Options { get; }

    internal TimeProvider Time { get; }

    /// <summary>What its reports share.</summary>
    internal ReportTables ReportTables { get; }

    internal DuckDBConnection Connection { get; }

    /// <summary>The folder of its own for what is spilled or written before it is answered.</summary>
    internal string TempFolder => _temp.FullName;

    /// <summary>Opens the lake as its manifests are now.</summary>
    /// <param name="folder">The lake; an empty or missing folder gives empty tables.</param>
    /// <param name="options">What one question may cost.</param>
    /// <param name="time">The clock of the time limit; null for the system's.</param>
    /// <param name="period">Only the events of this period; a session that crosses its border is cut there. Null for all events.</param>
    /// <param name="user">Only the events of this user, without reading the files that have none. Null for all users.</param>
    /// <exception cref="ArgumentException">The options cannot be used; the message names every reason.</exception>
    /// <exception cref="System.Text.Json.JsonException">A manifest cannot be read.</exception>
    /// <exception cref="SqlException">A file cannot be read.</exception>
    public static LakeDatabase Open(LakeFolder folder, LakeQueryOptions? options = null, TimeProvider? time = null, Period? period = null, string? user = null)
    {
        options ??= new LakeQueryOptions();
        if (new LakeQueryOptionsValidator().Validate(null, options) is { Failed: true } invalid)
        {
            throw new ArgumentException(string.Join(Environment.NewLine, invalid.Failures!), nameof(options));
        }

        var manifests = folder.Read();
        var database = new LakeDatabase(folder, options, manifests, time ?? TimeProvider.System, NewTempFolder(options), period, user);
        try
        {
            database.Connection.Open();
            database.Prepare();
            return database;
        }
        catch (DuckDBException exception)
        {
            database.Dispose();
            throw SqlErrors.Explain(exception, folder.Root, database.TempFolder) ?? (Exception)exception;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Closes it and removes what was spilled.</summary>
    public void Dispose()
    {
        Connection.Dispose();
        try
        {
            _temp.Delete(recursive: true);
        }
        catch (IOException)
        {
            // What is left of a temporary folder is the system's to remove.
        }
    }

    /// <summary>An error as whoever asked may see it, or null if it is a defect of this program.</summary>
    internal SqlException? Explain(DuckDBException exception) => SqlErrors.Explain(exception, _folder.Root, TempFolder);

    /// <summary>Makes the views on carts, sessions and funnels, if they are not there yet.</summary>
    internal void AddDerivedViews()
    {
        if (!_hasDerivedViews)
        {
            AddOverNothing(DerivedViews);
            _hasDerivedViews = true;
        }
    }

    /// <summary>True if a statement may name a view that <see cref="AddDerivedViews"/> makes.</summary>
    internal static bool MayNameDerivedViews(string sql) =>
        sql.Contains("carts", StringComparison.OrdinalIgnoreCase) || sql.Contains("funnels", StringComparison.OrdinalIgnoreCase);

    private static DirectoryInfo NewTempFolder(LakeQueryOptions options)
    {
        const string Prefix = "orleans-analytics-lake-";
        return options.TempDirectory is { } parent
            ? Directory.CreateDirectory(Path.Combine(Path.GetFullPath(parent), Prefix + Path.GetRandomFileName()))
            : Directory.CreateTempSubdirectory(Prefix);
    }

    private static int? PartitionOf(LakeManifest manifest) =>
        manifest.Source.StartsWith("partition-", StringComparison.Ordinal)
        && int.TryParse(manifest.Source.AsSpan("partition-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            ? partition
            : null;

    private void Prepare()
    {
        var files = FilesRead.Select(_folder.PathOf).ToArray();
        Execute($"""
            SET GLOBAL TimeZone = 'UTC';
            SET GLOBAL memory_limit = '{Bytes(Options.MemoryLimitBytes)}';
            SET GLOBAL threads = {Options.Threads.ToString(CultureInfo.InvariantCulture)};
            SET GLOBAL temp_directory = {SqlText.Literal(TempFolder)};
            SET GLOBAL max_temp_directory_size = '{Bytes(Options.MaxTempBytes)}';
            SET GLOBAL autoinstall_known_extensions = false;
            SET GLOBAL autoload_known_extensions = false;
            SET GLOBAL allow_community_extensions = false;
            """);
        Execute(Ingested());
        Execute($"CREATE MACRO session_timeout_ms() AS {((long)Options.SessionTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)};");
        AddOverNothing(Views);

        // From here on nothing can be reached but the files of the lake and the folder for spilling; and the last line makes that final.
        Execute($"""
            SET GLOBAL allowed_paths = {SqlText.List(files)};
            SET GLOBAL enable_external_access = false;
            SET GLOBAL lock_configuration = true;
            """);
    }

    /// <summary>Makes views over no files and puts the files under them at the end: else each view would look at all files anew.</summary>
    private void AddOverNothing(IEnumerable<string> views)
    {
        Execute(NothingStored);
        foreach (var view in views)
        {
            Execute(SqlText.Embedded($"Views/{view}.sql"));
        }

        var files = FilesRead.Select(_folder.PathOf).ToArray();
        if (files.Length > 0)
        {
            Execute(Stored(files) + (User is null ? "" : $" WHERE user_id = {SqlText.Literal(User)}"));
        }
    }

    /// <summary>The rows of the files with the place of each, and the hours of the folders, by which files are left out unread.</summary>
    private static string Stored(string[] files) => $"""
        CREATE OR REPLACE VIEW stored AS SELECT *, file_index, file_row_number FROM read_parquet(
            {SqlText.List(files)}, hive_partitioning = true, hive_types = {"{'date': DATE, 'hour': INTEGER}"})
        """;

    /// <summary>The counts of the manifests as tables.</summary>
    private string Ingested()
    {
        var sql = new StringBuilder("CREATE TABLE ingested (source VARCHAR, received BIGINT, accepted BIGINT, duplicates BIGINT);\n")
            .Append("CREATE TABLE rejected (source VARCHAR, reason VARCHAR, events BIGINT);\n");
        var files = Files.ToHashSet();
        foreach (var manifest in Manifests)
        {
            var accepted = manifest.Files.Where(files.Contains).Sum(file => file.Rows);
            sql.Append(CultureInfo.InvariantCulture, $"INSERT INTO ingested VALUES ({SqlText.Literal(manifest.Source)}, {manifest.Received}, {accepted}, {manifest.Duplicates});\n");
            foreach (var (reason, events) in manifest.Rejected)
            {
                sql.Append(CultureInfo.InvariantCulture, $"INSERT INTO rejected VALUES ({SqlText.Literal(manifest.Source)}, {SqlText.Literal(reason)}, {events});\n");
            }
        }

        return sql.ToString();
    }

    private void Execute(string sql)
    {
        using var command = Connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static string Bytes(long bytes) => bytes.ToString(CultureInfo.InvariantCulture) + "B";
}
