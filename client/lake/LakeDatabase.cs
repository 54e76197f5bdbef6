using System.Globalization;
using System.Text;
using DuckDB.NET.Data;
using OrleansAnalytics.Lake.Digests;
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
    private readonly DirectoryInfo _temp;
    private readonly LakeFolder _folder;
    private readonly LakeViews _views;

    private LakeDatabase(LakeFolder folder, LakeQueryOptions options, IReadOnlyList<LakeManifest> manifests, TimeProvider time, DirectoryInfo temp, Period? period, string? user)
    {
        (_folder, Options, Manifests, Time, _temp, Period, User) = (folder, options, manifests, time, temp, period, user);
        Files = LakeManifest.FilesOf(Manifests);
        IReadOnlyList<LakeFile> ofPeriod = Period is { } only ? [.. Files.Where(file => only.Contains(LakeHours.Of(file)))] : Files;
        FilesRead = User is null ? ofPeriod : new UserFilters(folder).FilesOf(User, ofPeriod);
        var digests = new LakeDigests(folder, options.SessionTimeout);
        FilesDigested = User is null ? digests.Digested(Files, FilesRead) : [];
        Connection = new DuckDBConnection("DataSource=:memory:");
        _views = new LakeViews(Connection, FilesRead, FilesDigested, folder.PathOf, digests.PathOf, User);
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

    /// <summary>Those of the files read whose digests are read instead, wherever these are enough (<see cref="LakeDigests"/>); none if it is of one user.</summary>
    public IReadOnlyList<LakeFile> FilesDigested { get; }

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
    internal void AddDerivedViews() => _views.AddThoseOfSessions();

    /// <summary>Makes the views that reports which are not about sessions ask, if they are not there yet.</summary>
    internal void AddReportViews() => _views.AddThoseOfReports();

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
        Execute(LakeViews.SessionTimeout(Options.SessionTimeout));
        _views.Add();

        // From here on nothing can be reached but the files of the lake and the folder for spilling; and the last line makes that final.
        Execute($"""
            SET GLOBAL allowed_paths = {SqlText.List(_views.Paths)};
            SET GLOBAL enable_external_access = false;
            SET GLOBAL lock_configuration = true;
            """);
    }

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
