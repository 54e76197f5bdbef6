using System.Text.Json;
using DuckDB.NET.Data;

namespace OrleansAnalytics.Lake;

/// <summary>
/// Lets one SELECT pass that names nothing but the lake's tables. The engine itself parses the statement and tells its tree, so there is no second opinion on
/// what the text means. What keeps files and the network away is the database's configuration; the gate makes refusals clear, and keeps what the engine knows
/// of this machine (settings, paths of files) out of answers.
/// </summary>
internal static class SqlGate
{
    private const int DeepestTree = 10_000;

    // All others read files, or tell of the engine.
    private static readonly HashSet<string> TableFunctions = new(StringComparer.OrdinalIgnoreCase)
    {
        "range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree", "regexp_split_to_table", "generate_subscripts", "histogram_values",
    };

    private static readonly HashSet<string> OfTheEngine = new(StringComparer.OrdinalIgnoreCase)
    {
        "current_setting", "getvariable", "getenv", "write_log", "parse_duckdb_log_message", "sleep_ms", "current_query", "nextval", "currval", "json_serialize_plan",
        "json_execute_serialized_sql", "obj_description", "shobj_description", "col_description", "test_all_types", "sqlite_master", "which_secret", "query",
    };

    private static readonly string[] EnginePrefixes = ["duckdb_", "pragma_", "pg_", "sqlite_", "read_", "parquet_", "inet_", "icu_"];

    /// <summary>Throws unless the statement may be answered.</summary>
    /// <exception cref="SqlException"><see cref="SqlError.Refused"/> or <see cref="SqlError.Invalid"/> (it cannot be parsed).</exception>
    public static void Check(DuckDBConnection connection, string sql)
    {
        using var tree = Parse(connection, sql);
        var root = tree.RootElement;
        if (root.GetProperty("error").GetBoolean())
        {
            throw Error(root, sql);
        }

        if (root.GetProperty("statements").GetArrayLength() != 1)
        {
            throw new SqlException(SqlError.Refused, "One statement is answered, no more and no less.");
        }

        var nodes = Nodes(root).ToList();
        var names = nodes.Where(node => node.TryGetProperty("cte_map", out _))
            .SelectMany(node => node.GetProperty("cte_map").GetProperty("map").EnumerateArray().Select(entry => entry.GetProperty("key").GetString()!))
            .Concat(LakeDatabase.Tables)
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var node in nodes)
        {
            CheckNode(node, names);
        }
    }

    private static JsonDocument Parse(DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT json_serialize_sql({SqlText.Literal(sql)})";
        try
        {
            return JsonDocument.Parse((string)command.ExecuteScalar()!, new JsonDocumentOptions { MaxDepth = DeepestTree });
        }
        catch (JsonException exception)
        {
            throw new SqlException(SqlError.Refused, "The statement is nested too deeply.", exception);
        }
    }

    private static SqlException Error(JsonElement root, string sql)
    {
        var message = root.GetProperty("error_message").GetString()!;
        if (root.GetProperty("error_type").GetString() == "not implemented")
        {
            return new SqlException(SqlError.Refused, $"{FirstWord(sql)} is not answered here: the lake is only read, by one SELECT (also WITH, VALUES, FROM, DESCRIBE or SUMMARIZE).");
        }

        var place = root.TryGetProperty("position", out var position) && int.TryParse(position.GetString(), out var at) ? $" (at character {at + 1})" : "";
        return new SqlException(SqlError.Invalid, message + place);
    }

    private static string FirstWord(string sql)
    {
        var word = new string([.. sql.TrimStart().TakeWhile(char.IsAsciiLetter)]).ToUpperInvariant();
        return word.Length is > 0 and < 20 ? word : "This statement";
    }

    /// <summary>All objects of the tree. Without recursion: how deep a tree is, is for whoever asks to choose.</summary>
    private static IEnumerable<JsonElement> Nodes(JsonElement root)
    {
        var left = new Stack<JsonElement>();
        left.Push(root);
        while (left.TryPop(out var element))
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Array:
                    foreach (var item in element.EnumerateArray())
                    {
                        left.Push(item);
                    }

                    break;
                case JsonValueKind.Object:
                    yield return element;
                    foreach (var property in element.EnumerateObject())
                    {
                        left.Push(property.Value);
                    }

                    break;
            }
        }
    }

    private static void CheckNode(JsonElement node, HashSet<string> names)
    {
        switch (Text(node, "type"))
        {
            case "BASE_TABLE":
                CheckTable(node, names);
                break;
            case "TABLE_FUNCTION" when Text(node.GetProperty("function"), "function_name") is var name && !TableFunctions.Contains(name):
                throw new SqlException(SqlError.Refused, $"The table function {name} is not allowed here.");
            case "SHOW_REF" when node.GetProperty("query").ValueKind != JsonValueKind.Object:
                throw new SqlException(SqlError.Refused, "SHOW is not allowed here; DESCRIBE and SUMMARIZE of a table or statement are.");
        }

        if (Text(node, "function_name") is { Length: > 0 } function && IsOfTheEngine(function))
        {
            throw new SqlException(SqlError.Refused, $"The function {function} is not allowed here.");
        }
    }

    private static void CheckTable(JsonElement node, HashSet<string> names)
    {
        var table = Text(node, "table_name");
        if (IsOfTheEngine(table) || Text(node, "catalog_name") is not ("" or "memory") || Text(node, "schema_name") is not ("" or "main" or "memory"))
        {
            throw new SqlException(SqlError.Refused, $"The table {table} is not the lake's; its tables are {string.Join(", ", LakeDatabase.Tables)}.");
        }

        if (!names.Contains(table))
        {
            // A name like 'x.csv' would be a file, if the engine were let.
            var error = table.AsSpan().ContainsAny("./\\:*") ? SqlError.Refused : SqlError.Invalid;
            throw new SqlException(error, $"There is no table {table}; the tables are {string.Join(", ", LakeDatabase.Tables)}.");
        }
    }

    private static bool IsOfTheEngine(string name) =>
        OfTheEngine.Contains(name) || Array.Exists(EnginePrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    private static string Text(JsonElement node, string property) =>
        node.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
