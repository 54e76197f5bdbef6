namespace OrleansAnalytics.Lake;

/// <summary>
/// What reports share: tables that stand for views of the same name in one open lake, each part computed at most once. Reports are written once, against the names, and
/// do not know whether a view or a table is behind one. The statements of a part can be repeated, so a part that was interrupted is computed again.
/// </summary>
/// <param name="database">The lake, which keeps the tables until it is closed.</param>
internal sealed class ReportTables(LakeDatabase database)
{
    private const string Counts = "counts";
    private const string Sessions = "sessions";
    private const string Answers = "answers";

    private readonly HashSet<string> _parts = new(StringComparer.Ordinal);

    /// <summary>All parts, for a database that is asked many reports.</summary>
    /// <param name="progress">Told each part before it is computed; null if nobody looks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public void AddAll(IProgress<string>? progress, CancellationToken cancellationToken)
    {
        foreach (var part in new[] { Counts, Sessions, Answers })
        {
            progress?.Report(part);
            Add(part, database.Options.TimeLimit, cancellationToken);
        }
    }

    /// <summary>The part that one report about sessions would otherwise compute several times.</summary>
    /// <param name="left">How long it may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public void AddSessions(TimeSpan left, CancellationToken cancellationToken) => Add(Sessions, left, cancellationToken);

    private void Add(string part, TimeSpan left, CancellationToken cancellationToken)
    {
        if (!_parts.Contains(part))
        {
            database.AddDerivedViews();
            new SqlRunner(database).Script(SqlText.Embedded($"Views/shared_{part}.sql"), left, cancellationToken);
            _parts.Add(part);
        }
    }
}
