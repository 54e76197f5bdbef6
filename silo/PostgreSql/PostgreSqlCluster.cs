using OrleansAnalytics.Hosting;
using OrleansAnalytics.Hosting.Profiles;

namespace OrleansAnalytics.PostgreSql;

/// <summary>Membership and reminders in PostgreSQL, by Orleans' own providers over our tables.</summary>
internal static class PostgreSqlCluster
{
    private const string Invariant = "Npgsql";

    /// <summary>Adds membership and reminders.</summary>
    public static void AddTo(ISiloBuilder silo, SiloSettings settings)
    {
        SharedMembership.AddTo(silo, settings);
        silo.UseAdoNetClustering(clustering => clustering.Configure<PostgreSqlDatabase>((options, database) =>
            (options.Invariant, options.DataSource) = (Invariant, database.DataSource)));
        silo.UseAdoNetReminderService(reminders => reminders.Configure<PostgreSqlDatabase>((options, database) =>
            (options.Invariant, options.DataSource) = (Invariant, database.DataSource)));
    }
}
