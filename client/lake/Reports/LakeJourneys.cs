using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Lake;

/// <summary>Journeys of users as the lake has them: every step, however old.</summary>
public static class LakeJourneys
{
    private const string Users = "$users";

    /// <summary>The journeys of those of the users that the lake knows, by user: <c>{events, kinds, sessions, revenue, steps: [[time, kind, subject, price]]}</c>.</summary>
    /// <exception cref="SqlException">It took too long, needed too much memory, the users have too many events, or a file cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public static JsonObject Run(LakeDatabase database, IReadOnlyCollection<string> users, CancellationToken cancellationToken = default)
    {
        var journeys = new JsonObject();
        if (users.Count == 0)
        {
            return journeys;
        }

        var list = SqlText.List(users);
        var runner = new SqlRunner(database);
        var sessions = runner.Trusted($"SELECT user_id, count(*) FROM sessions WHERE list_contains({list}, user_id) GROUP BY user_id", cancellationToken)
            .Rows.ToDictionary(row => (string)row[0]!, row => (long)row[1]!, StringComparer.Ordinal);
        var steps = runner.Trusted(SqlText.Embedded("Reports/journeys.sql").Replace(Users, list, StringComparison.Ordinal), cancellationToken).Rows;
        foreach (var user in steps.GroupBy(row => (string)row[0]!, StringComparer.Ordinal))
        {
            journeys[user.Key] = Journey([.. user], sessions[user.Key]);
        }

        return journeys;
    }

    private static JsonObject Journey(IReadOnlyList<object?[]> steps, long sessions) => new()
    {
        ["events"] = steps.Count,
        ["kinds"] = new JsonObject(steps.GroupBy(step => (string)step[2]!)
            .OrderBy(kind => EventKinds.All.TakeWhile(known => known.Name() != kind.Key).Count())
            .Select(kind => KeyValuePair.Create(kind.Key, (JsonNode?)kind.Count()))),
        ["sessions"] = sessions,
        ["revenue"] = Money(steps.Sum(step => (decimal)step[5]!)),
        ["steps"] = new JsonArray([.. steps.Select(step => new JsonArray(Time((DateTime)step[1]!), (string)step[2]!, (string?)step[3], Money((decimal)step[4]!)))]),
    };

    private static JsonNode Money(decimal amount) => JsonNode.Parse(LakeJson.Text(writer => LakeJson.WriteDecimal(writer, amount)))!;

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);
}
