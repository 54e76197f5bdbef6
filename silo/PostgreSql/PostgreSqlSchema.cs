using System.Globalization;
using System.Text;
using Npgsql;

namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// The tables, as numbered migrations that are applied once each, in order; what was applied is noted in the table <c>schema_versions</c>. A migration is never
/// changed after it was released: what changes is a further one.
/// </summary>
internal static class PostgreSqlSchema
{
    private const string ResourceFolder = "OrleansAnalytics.PostgreSql.Schema.";

    // Two that apply the schema at the same time go one after the other.
    private const long LockNumber = 0x6F72_6C65_616E_73;

    /// <summary>All migrations, in order; their versions are 1, 2, ….</summary>
    public static IReadOnlyList<Migration> All { get; } = Load();

    /// <summary>The version that this program needs.</summary>
    public static int Version => All[^1].Version;

    /// <summary>Applies what is missing, all or nothing; answers the migrations that were applied.</summary>
    /// <exception cref="DatabaseUnavailableException">It could not be applied; nothing was changed.</exception>
    public static Task<IReadOnlyList<Migration>> ApplyAsync(PostgreSqlDatabase database, CancellationToken cancellationToken) =>
        database.RunAsync((connection, token) => ApplyAsync(connection, database.Schema, token), cancellationToken);

    /// <summary>What is wrong with the schema of a database, and what to do; null if nothing is.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public static async Task<string?> ComplaintAsync(PostgreSqlDatabase database, CancellationToken cancellationToken)
    {
        var version = await database.RunAsync((connection, token) => VersionAsync(connection, database.Schema, token), cancellationToken);
        return version == Version ? null
            : version == 0 ? $"the {database.Name} has no tables of ours in schema {database.Schema}; make them with the verb schema (schema --postgres CONNECTION)"
            : version < Version ? $"the tables in schema {database.Schema} of the {database.Name} have version {version}, and this program needs {Version}; apply the verb schema"
            : $"the tables in schema {database.Schema} of the {database.Name} have version {version}, and this program knows none above {Version}; run the program that made them";
    }

    /// <summary>Everything as one script, for those who apply it themselves to a database that has nothing of it yet.</summary>
    public static string Script(string schema)
    {
        var script = new StringBuilder();
        script.Append(CultureInfo.InvariantCulture, $"BEGIN;\n{Prologue(schema)}\n");
        foreach (var migration in All)
        {
            script.Append(CultureInfo.InvariantCulture, $"\n{migration.Sql.TrimEnd()}\n\n{Note(migration)}\n");
        }

        return script.Append("\nCOMMIT;\n").ToString();
    }

    private static async Task<IReadOnlyList<Migration>> ApplyAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({LockNumber})", cancellationToken);
        await ExecuteAsync(connection, Prologue(schema), cancellationToken);
        await using var newest = new NpgsqlCommand("SELECT coalesce(max(version), 0) FROM schema_versions", connection);
        var version = (int)(await newest.ExecuteScalarAsync(cancellationToken))!;
        var missing = All.Where(migration => migration.Version > version).ToList();
        foreach (var migration in missing)
        {
            await ExecuteAsync(connection, migration.Sql, cancellationToken);
            await ExecuteAsync(connection, Note(migration), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        return missing;
    }

    private static async Task<int> VersionAsync(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var table = new NpgsqlCommand("SELECT to_regclass(@table)::text", connection) { Parameters = { new("table", $"{schema}.schema_versions") } };
        if (await table.ExecuteScalarAsync(cancellationToken) is not string)
        {
            return 0;
        }

        await using var newest = new NpgsqlCommand("SELECT coalesce(max(version), 0) FROM schema_versions", connection);
        return (int)(await newest.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Prologue(string schema) => $"""
        CREATE SCHEMA IF NOT EXISTS {schema};
        SET LOCAL search_path TO {schema};
        CREATE TABLE IF NOT EXISTS schema_versions (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now());
        """;

    private static string Note(Migration migration) => $"INSERT INTO schema_versions (version, name) VALUES ({migration.Version}, '{migration.Name}');";

    private static List<Migration> Load()
    {
        var assembly = typeof(PostgreSqlSchema).Assembly;
        var migrations = new List<Migration>();
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourceFolder, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            // "0001-state.sql"
            var file = resource[ResourceFolder.Length..];
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            migrations.Add(new Migration(int.Parse(file[..4], CultureInfo.InvariantCulture), file[5..^4], reader.ReadToEnd()));
        }

        return migrations;
    }

    /// <summary>One step.</summary>
    /// <param name="Version">Its number.</param>
    /// <param name="Name">What it is about.</param>
    /// <param name="Sql">Its statements.</param>
    internal sealed record Migration(int Version, string Name, string Sql);
}
