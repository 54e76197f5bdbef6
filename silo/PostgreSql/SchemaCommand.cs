using System.CommandLine;
using OrleansAnalytics.Hosting.Profiles;

namespace OrleansAnalytics.PostgreSql;

/// <summary>The verb <c>schema</c>: makes or brings up to date the tables in PostgreSQL, or prints them.</summary>
internal static class SchemaCommand
{
    private const string Variable = "PostgreSql__ConnectionString";

    private static readonly Option<string?> Postgres = new("--postgres") { Description = $"How to connect: Host=…;Database=…;Username=…;Password=…. Default: {Variable} in the environment" };
    private static readonly Option<string> Schema = new("--schema") { Description = "The schema with the tables; made if missing", DefaultValueFactory = _ => new PostgreSqlOptions().Schema };
    private static readonly Option<bool> Print = new("--print") { Description = "Print a script for a database without tables of ours, and change nothing" };

    /// <summary>The verb.</summary>
    /// <param name="guard">Turns what a user can cause into a clear line.</param>
    public static Command Create(Func<Func<Task<int>>, Task<int>> guard)
    {
        var command = new Command("schema", "Make the tables in PostgreSQL, or bring them up to date; twice is the same as once") { Postgres, Schema, Print };
        command.SetAction((parsed, cancellationToken) => guard(() => RunAsync(parsed, cancellationToken)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = new PostgreSqlOptions
        {
            ConnectionString = parsed.GetValue(Postgres) ?? Environment.GetEnvironmentVariable(Variable),
            Schema = parsed.GetValue(Schema)!,
        };
        if (parsed.GetValue(Print))
        {
            Console.Write(PostgreSqlSchema.Script(options.Schema));
            return 0;
        }

        if (new PostgreSqlOptionsValidator().Validate(null, options) is { Failed: true } wrong)
        {
            throw new InvalidSettingsException([.. wrong.Failures!]);
        }

        await using var database = new PostgreSqlDatabase(options, TimeProvider.System);
        var applied = await PostgreSqlSchema.ApplyAsync(database, cancellationToken);
        foreach (var migration in applied)
        {
            Console.WriteLine($"{migration.Version} {migration.Name}: applied");
        }

        Console.WriteLine($"The tables in schema {options.Schema} of the {database.Name} have version {PostgreSqlSchema.Version}.");
        return 0;
    }
}
