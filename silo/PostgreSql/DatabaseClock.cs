using System.Globalization;
using Npgsql;

namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// Compares this machine's clock with the database's, which all silos share: silos whose clocks are apart take each other for dead, as membership goes by the times that each writes of itself.
/// </summary>
internal static class DatabaseClock
{
    /// <summary>What is still taken for the time that question and answer need, and for how well clocks are kept.</summary>
    public static readonly TimeSpan Tolerated = TimeSpan.FromSeconds(2);

    /// <summary>What to tell of the difference; null if it is within <see cref="Tolerated"/>.</summary>
    /// <exception cref="DatabaseUnavailableException">The database is away.</exception>
    public static async Task<string?> WarningAsync(PostgreSqlDatabase database, TimeProvider time, CancellationToken cancellationToken)
    {
        var ahead = await database.RunAsync((connection, token) => AheadAsync(connection, time, token), cancellationToken);
        return ahead.Duration() <= Tolerated
            ? null
            : string.Create(
                CultureInfo.InvariantCulture,
                $"this machine's clock is {ahead.Duration().TotalSeconds:N0} s {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} that of the {database.Name}: silos whose clocks differ may take each other for dead. Set it, and keep it by NTP.");
    }

    private static async Task<TimeSpan> AheadAsync(NpgsqlConnection connection, TimeProvider time, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT clock_timestamp()", connection);
        var before = time.GetUtcNow();
        var there = (DateTime)(await command.ExecuteScalarAsync(cancellationToken))!;
        var after = time.GetUtcNow();

        // The database looked at its clock at some moment in between.
        var (ahead, behind) = (before.UtcDateTime - there, there - after.UtcDateTime);
        return ahead > TimeSpan.Zero ? ahead : behind > TimeSpan.Zero ? -behind : TimeSpan.Zero;
    }
}
