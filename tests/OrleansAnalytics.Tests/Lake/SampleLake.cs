using System.Globalization;
using System.Text.RegularExpressions;
using DuckDB.NET.Data;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>A lake in a folder of its own, written by another program than the one that writes lakes: the engine's COPY, from REES46 files cleaned here.</summary>
public sealed partial class SampleLake(string? root = null) : IDisposable
{
    // The name asks for escaping.
    private readonly DirectoryInfo _root = root is null ? Directory.CreateTempSubdirectory("lake of o'tests-") : Directory.CreateDirectory(root);
    private int _files;

    public LakeFolder Folder => new(_root.FullName);

    public string Root => _root.FullName;

    /// <summary>A lake with one import: a sample file.</summary>
    public static SampleLake Of(string sample)
    {
        var lake = new SampleLake();
        lake.Import(File.ReadAllLines(SharedData.Path($"{sample}.csv")));
        return lake;
    }

    /// <summary>A lake with events that a test makes up: (time, kind, user, session, product) and what else they have.</summary>
    public static SampleLake Of(params MadeEvent[] events)
    {
        var lake = new SampleLake();
        lake.Add(new LakeManifest { Source = "import-made", Received = events.Length }, [.. events.Select(one => one.ToRow())]);
        return lake;
    }

    public void Dispose() => _root.Delete(recursive: true);

    public LakeDatabase Open(LakeQueryOptions? options = null) => LakeDatabase.Open(Folder, options);

    /// <summary>Rows of a statement.</summary>
    public IReadOnlyList<object?[]> Rows(string sql)
    {
        using var database = Open();
        return new SqlRunner(database).Rows(new SqlQuery(sql), Xunit.TestContext.Current.CancellationToken).Rows;
    }

    /// <summary>Writes rows (SQL tuples by the columns of a lake's file) as a source with its manifest.</summary>
    public void Add(LakeManifest manifest, IReadOnlyList<string> rows, bool named = true)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        Execute(connection, """
            SET TimeZone = 'UTC';
            CREATE TABLE rows (event_time TIMESTAMPTZ, event_type VARCHAR, user_id VARCHAR, user_session VARCHAR, product_id VARCHAR, category_id VARCHAR,
                category_code VARCHAR, brand VARCHAR, price DECIMAL(18, 4), quantity INTEGER, url VARCHAR, duration_ms BIGINT, event_id VARCHAR, log_partition INTEGER,
                log_position BIGINT, place INTEGER);
            """);
        foreach (var chunk in rows.Select((row, place) => $"({row}, {place.ToString(CultureInfo.InvariantCulture)})").Chunk(1000))
        {
            Execute(connection, $"INSERT INTO rows VALUES {string.Join(',', chunk)}");
        }

        var files = new List<LakeFile>();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT strftime(date_trunc('hour', event_time::TIMESTAMP), 'date=%Y-%m-%d/hour=%H'), count(*) FROM rows GROUP BY 1 ORDER BY 1";
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                files.Add(new LakeFile(string.Create(CultureInfo.InvariantCulture, $"{reader.GetString(0)}/part-{_files++}.parquet"), reader.GetInt64(1), 0, 0, 0));
            }
        }

        foreach (var file in files)
        {
            var path = Folder.PathOf(file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var hour = Path.GetDirectoryName(file.Path)!;
            Execute(connection, $"""
                COPY (SELECT * EXCLUDE (place) FROM rows WHERE strftime(date_trunc('hour', event_time::TIMESTAMP), 'date=%Y-%m-%d/hour=%H') = '{hour}' ORDER BY place)
                TO '{path.Replace("'", "''", StringComparison.Ordinal)}' (FORMAT parquet)
                """);
        }

        Directory.CreateDirectory(Folder.Manifests);
        if (named)
        {
            File.WriteAllBytes(Path.Combine(Folder.Manifests, manifest.Source + ".json"), (manifest with { Files = files }).ToUtf8());
        }
    }

    /// <summary>Adds a REES46 file as an import.</summary>
    public void Import(string[] lines)
    {
        var columns = lines[0].Split(',');
        var known = new HashSet<string>(StringComparer.Ordinal);
        var rejected = new Dictionary<string, long>();
        var rows = new List<string>();
        foreach (var line in lines.Skip(1))
        {
            var fields = line.Split(',');
            var reason = fields.Length != columns.Length ? "malformed" : fields.Any(field => Mangled().IsMatch(field)) ? "mangled_id" : null;
            if (reason is not null)
            {
                rejected[reason] = rejected.GetValueOrDefault(reason) + 1;
            }
            else if (known.Add(line))
            {
                rows.Add(Row(columns.Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second)));
            }
        }

        var received = lines.Length - 1;
        Add(new LakeManifest { Source = "import-sample", Received = received, Duplicates = received - rows.Count - rejected.Values.Sum(), Rejected = rejected }, rows);
    }

    private static string Row(Dictionary<string, string> fields)
    {
        string Text(string name) => fields.GetValueOrDefault(name) is { Length: > 0 } text ? Literal(text) : "NULL";
        var texts = new[] { "event_type", "user_id", "user_session", "product_id", "category_id", "category_code", "brand" }.Select(Text);
        return $"'{fields["event_time"].Replace(" UTC", "+00", StringComparison.Ordinal)}', {string.Join(", ", texts)}, {fields["price"]}, 1, NULL, 0, NULL, NULL, NULL";
    }

    internal static string Literal(string? text) => text is null ? "NULL" : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static void Execute(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    [GeneratedRegex(@"^\d+(\.\d+)?[eE]\+?\d+$")]
    private static partial Regex Mangled();
}

/// <summary>An event that a test makes up.</summary>
public sealed record MadeEvent(string Time, EventKind Kind, string User, string? Session = null, string? Product = "p")
{
    public string? Category { get; init; }

    public string? Brand { get; init; }

    public decimal Price { get; init; }

    public int Quantity { get; init; } = 1;

    public string? Url { get; init; }

    public long DurationMs { get; init; }

    public int? Partition { get; init; }

    public long? Position { get; init; }

    public string ToRow() => string.Create(
        CultureInfo.InvariantCulture,
        $"'{Time}+00', '{Kind.Name()}', {SampleLake.Literal(User)}, {SampleLake.Literal(Session)}, {SampleLake.Literal(Kind == EventKind.Page ? null : Product)}, {SampleLake.Literal(Category)}, NULL, {SampleLake.Literal(Brand)}, {Price}, {Quantity}, {SampleLake.Literal(Url)}, {DurationMs}, NULL, {Partition?.ToString(CultureInfo.InvariantCulture) ?? "NULL"}, {Position?.ToString(CultureInfo.InvariantCulture) ?? "NULL"}");
}
