using System.Text;
using DuckDB.NET.Data;
using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Import;
using OrleansAnalytics.Tests.Partitions;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>A lake that is gone with the test, and files to import into it.</summary>
internal sealed class ImportedLake : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly StorageFolder _folder = new();

    public ImportedLake(string? root = null) => Lake = new LakeFolder(root ?? _folder.Next());

    public LakeFolder Lake { get; }

    public ImportOptions Options { get; } = new() { Threads = 2, MemoryLimitBytes = 1L << 30 };

    public ImportResult Import(string file, CancellationToken cancellationToken = default) =>
        new LakeImport(Lake, Options, new FakeTimeProvider(Now)).Run(file, null, cancellationToken);

    /// <summary>A file with this content.</summary>
    public string File(byte[] content)
    {
        var path = _folder.Next();
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    public string File(string content) => File(Encoding.UTF8.GetBytes(content));

    /// <summary>Everything below the lake's folder, with sizes.</summary>
    public IReadOnlyList<string> Entries() => !Directory.Exists(Lake.Root) ? [] :
        [.. Directory.EnumerateFiles(Lake.Root, "*", SearchOption.AllDirectories).Select(file => $"{Path.GetRelativePath(Lake.Root, file)} {new FileInfo(file).Length}").Order(StringComparer.Ordinal)];

    /// <summary>An answer about the files that manifests name, as the view <c>lake</c>; cells as text.</summary>
    public List<string> Query(string sql)
    {
        var files = string.Join(", ", Lake.Read().SelectMany(manifest => manifest.Files).Select(file => $"'{Lake.PathOf(file)}'"));
        return Ask(files.Length == 0 ? sql : $"CREATE VIEW lake AS SELECT * FROM read_parquet([{files}]); {sql}");
    }

    /// <summary>An answer of a database that is empty.</summary>
    public static List<string> Ask(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SET TimeZone = 'UTC'; " + sql;
        using var reader = command.ExecuteReader();
        do
        {
            var rows = new List<string>();
            while (reader.Read())
            {
                rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(column => reader.IsDBNull(column) ? "" : reader.GetValue(column).ToString())));
            }

            if (rows.Count > 0)
            {
                return rows;
            }
        }
        while (reader.NextResult());
        return [];
    }

    /// <summary>The rejected rows as they are written down: reason, line, text.</summary>
    public List<(string Reason, long Line, string Text)> Rejected(LakeManifest manifest)
    {
        var path = Path.Combine(Lake.Root, "rejected", manifest.Source + ".csv");
        var rows = new List<(string, long, string)>();
        var text = System.IO.File.Exists(path) ? Encoding.Latin1.GetString(System.IO.File.ReadAllBytes(path)) : "\n";
        for (var at = text.IndexOf('\n') + 1; at < text.Length;)
        {
            var open = text.IndexOf('"', at);
            var close = open + 1;
            while (text[close] != '"' || (close + 1 < text.Length && text[close + 1] == '"'))
            {
                close += text[close] == '"' ? 2 : 1;
            }

            var head = text[at..open].Split(',');
            rows.Add((head[0], long.Parse(head[1], System.Globalization.CultureInfo.InvariantCulture), text[(open + 1)..close].Replace("\"\"", "\"", StringComparison.Ordinal)));
            at = close + 2;
        }

        return rows;
    }

    public void Dispose() => _folder.Dispose();
}
