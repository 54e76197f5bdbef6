using System.Globalization;

namespace OrleansAnalytics.Lake;

/// <summary>A step of a user as the lake has it, with the session that it belongs to.</summary>
/// <param name="TimeMs">Event time, in milliseconds since 1970-01-01 UTC.</param>
/// <param name="Kind">What happened, by its name: <c>view</c>.</param>
/// <param name="Subject">The product, or the URL of a page visit.</param>
/// <param name="Price">Of one piece.</param>
/// <param name="Place">Its place among all steps of the user before the border.</param>
/// <param name="Key">The shop's session key.</param>
/// <param name="StartMs">First event time of the session, as far as it lies before the border.</param>
/// <param name="EndMs">Last event time of it.</param>
/// <param name="SessionEvents">Events of it.</param>
public sealed record LakePastStep(long TimeMs, string Kind, string Subject, decimal Price, long Place, string? Key, long StartMs, long EndMs, long SessionEvents);

/// <summary>What one user did before a moment, as the lake has it.</summary>
/// <param name="LoggedEvents">Events of the user before the border that came through the log, over all time.</param>
/// <param name="Steps">The steps asked for, in their order.</param>
/// <param name="IsCut">There were more than one answer may have; the oldest are missing.</param>
public sealed record LakePast(long LoggedEvents, IReadOnlyList<LakePastStep> Steps, bool IsCut)
{
    /// <summary>Asks the lake.</summary>
    /// <param name="database">The lake.</param>
    /// <param name="user">The user.</param>
    /// <param name="borderMs">Only events before this one, in milliseconds since 1970-01-01 UTC.</param>
    /// <param name="fromMs">Steps from here on.</param>
    /// <param name="toMs">Steps before this.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SqlException">It took too long, needed too much memory, or a file cannot be read.</exception>
    public static LakePast Of(LakeDatabase database, string user, long borderMs, long fromMs, long toMs, CancellationToken cancellationToken = default)
    {
        static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
        var most = database.Options.MaxRows;
        var sql = SqlText.Embedded("Reports/user_past.sql")
            .Replace("$user", SqlText.Literal(user), StringComparison.Ordinal)
            .Replace("$day", $"DATE '{DateTimeOffset.FromUnixTimeMilliseconds(borderMs):yyyy-MM-dd}'", StringComparison.Ordinal)
            .Replace("$border", Number(borderMs), StringComparison.Ordinal)
            .Replace("$from", Number(fromMs), StringComparison.Ordinal)
            .Replace("$to", Number(toMs), StringComparison.Ordinal)
            .Replace("$limit", Number(most + 1L), StringComparison.Ordinal);
        var rows = new SqlRunner(database).Trusted(sql, cancellationToken).Rows;
        var steps = rows.Where(row => row[1] is not null).Take(most).Reverse().Select(row => new LakePastStep(
            (long)row[1]!, (string)row[2]!, (string)row[3]!, (decimal)row[4]!, (long)row[5]!, (string?)row[6], (long)row[7]!, (long)row[8]!, (long)row[9]!)).ToList();
        return new LakePast((long)rows[0][0]!, steps, rows.Count > most);
    }
}
