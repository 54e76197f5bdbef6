using Microsoft.Extensions.Options;
using Npgsql;

namespace OrleansAnalytics.PostgreSql;

/// <summary>Where the PostgreSQL database is, and limits of its use. Needed if state or clustering are on PostgreSQL.</summary>
public sealed class PostgreSqlOptions
{
    /// <summary>
    /// How to connect, as Npgsql reads it (<c>Host=…;Database=…;Username=…;Password=…</c>). A secret: set <c>PostgreSql__ConnectionString</c> in the environment.
    /// Default null.
    /// </summary>
    public string? ConnectionString { get; set; }

    /// <summary>The schema with the tables, made by the verb <c>schema</c>. Default orleans_analytics.</summary>
    public string Schema { get; set; } = "orleans_analytics";

    /// <summary>How long one statement may take before it is cancelled, in whole seconds. Default 15 seconds.</summary>
    public TimeSpan StatementTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How long what can be repeated safely is repeated while the database is away; then it fails, and fails at once until the database is back. Default 10 seconds.</summary>
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections of a silo at the same time; further statements wait for one. Four silos fit into the hundred that a server takes if nobody tells it otherwise. Default 20.</summary>
    public int MaxConnections { get; set; } = 20;

    /// <summary>Bytes of entities that share one transaction; a single larger one still goes alone. Default 4 MiB.</summary>
    public int GroupCommitMaxBytes { get; set; } = 4 << 20;

    /// <summary>Writes of entities that may wait for their transaction; further ones wait at the door. Default 65,536.</summary>
    public int MaxQueuedWrites { get; set; } = 65_536;

    /// <summary>Entities read by one statement. Default 512.</summary>
    public int MaxReadsTogether { get; set; } = 512;
}

/// <summary>Checks <see cref="PostgreSqlOptions"/>; tells all errors at once, and no secret.</summary>
public sealed class PostgreSqlOptionsValidator : IValidateOptions<PostgreSqlOptions>
{
    private const string Example = "an example is Host=db.example;Database=analytics;Username=analytics;Password=…";
    private const int LongestSchema = 63;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, PostgreSqlOptions options)
    {
        var errors = new List<string>();
        CheckConnectionString(errors, options.ConnectionString);
        Check(errors, nameof(options.Schema), options.Schema.Length is > 0 and <= LongestSchema && options.Schema.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_'), "of small letters, digits and underscores, at most 63");
        Check(errors, nameof(options.StatementTimeout), options.StatementTimeout >= TimeSpan.FromSeconds(1) && options.StatementTimeout <= TimeSpan.FromMinutes(10), "from 1 second to 10 minutes");
        Check(errors, nameof(options.RetryFor), options.RetryFor >= TimeSpan.Zero && options.RetryFor <= TimeSpan.FromMinutes(10), "from 0 to 10 minutes");
        Check(errors, nameof(options.MaxConnections), options.MaxConnections is >= 4 and <= 1000, "from 4 to 1,000");
        Check(errors, nameof(options.GroupCommitMaxBytes), options.GroupCommitMaxBytes is >= 1024 and <= 256 << 20, "from 1 KiB to 256 MiB");
        Check(errors, nameof(options.MaxQueuedWrites), options.MaxQueuedWrites >= 1, "at least 1");
        Check(errors, nameof(options.MaxReadsTogether), options.MaxReadsTogether is >= 1 and <= 10_000, "from 1 to 10,000");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    /// <summary>What is wrong with a connection string, without a word of it; null if nothing is.</summary>
    internal static string? Complaint(string? connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            return "is missing: set PostgreSql__ConnectionString in the environment; " + Example;
        }

        try
        {
            var parsed = new NpgsqlConnectionStringBuilder(connectionString);
            return string.IsNullOrWhiteSpace(parsed.Host) ? "names no Host; " + Example
                : string.IsNullOrWhiteSpace(parsed.Database) ? "names no Database; " + Example
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException)
        {
            // The message may quote a part of the password.
            return "cannot be read (its text is not shown, as it may hold a secret); " + Example;
        }
    }

    private static void CheckConnectionString(List<string> errors, string? connectionString)
    {
        if (Complaint(connectionString) is { } complaint)
        {
            errors.Add($"PostgreSql:{nameof(PostgreSqlOptions.ConnectionString)} {complaint}");
        }
    }

    private static void Check(List<string> errors, string option, bool good, string rule)
    {
        if (!good)
        {
            errors.Add($"PostgreSql:{option} must be {rule}");
        }
    }
}
