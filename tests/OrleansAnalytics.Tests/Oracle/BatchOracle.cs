using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;
using OrleansAnalytics.Reports;

namespace OrleansAnalytics.Tests.Oracle;

/// <summary>
/// The answers to a file of events, computed the plain way: read everything, sort, group, count. Knows the definitions and the contracts and nothing of the
/// product, which has to agree with it. Files are small and belong to one partition.
/// </summary>
public sealed class BatchOracle
{
    private const long SessionGapMs = 30 * 60 * 1000;
    private const long RateWindowMs = 10_000;
    private const int RateLimit = 10;
    private const long HourMs = 60 * 60 * 1000;

    private readonly List<OracleRow> _rows = [];
    private readonly SiteTallies _tallies = new();

    private BatchOracle()
    {
    }

    /// <summary>What partitions together should hold, under the pretence of one partition whose positions are line numbers. Late events and lateness are not modelled.</summary>
    public SiteTallies Tallies => _tallies;

    /// <summary>Every user's journey.</summary>
    public IReadOnlyDictionary<string, OracleJourney> Journeys { get; private set; } = new Dictionary<string, OracleJourney>();

    /// <summary>The accepted rows in the order of the file.</summary>
    public IReadOnlyList<OracleRow> Accepted => _rows;

    /// <summary>Reads a REES46 file and computes everything.</summary>
    public static BatchOracle From(string csvPath) => FromLines(File.ReadLines(csvPath));

    /// <summary>The same from lines, the header first.</summary>
    public static BatchOracle FromLines(IEnumerable<string> lines)
    {
        var oracle = new BatchOracle();
        oracle.Read(lines);
        oracle.CountEvents();
        oracle.CountDays();
        oracle.CountUsers();
        oracle.FollowSessions();
        return oracle;
    }

    private void Read(IEnumerable<string> lines)
    {
        Dictionary<string, int>? columns = null;
        var known = new HashSet<string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in lines)
        {
            if (columns is null)
            {
                columns = line.Split(',').Select((name, index) => (name, index)).ToDictionary(pair => pair.name, pair => pair.index);
                continue;
            }

            number++;
            var (row, rejected) = OracleRow.Read(line, number, columns);
            if (rejected is { } reason)
            {
                _tallies.Ingest.Rejected[reason] = _tallies.Ingest.Rejected.GetValueOrDefault(reason) + 1;
            }
            else if (!known.Add(line))
            {
                _tallies.Ingest.Duplicates++;
            }
            else
            {
                _tallies.Ingest.Accepted++;
                _rows.Add(row!);
            }
        }

        _tallies.AsOf[0] = number;
        _tallies.WatermarkMs = _rows.Count == 0 ? 0 : _rows.Max(row => row.TimeMs);
    }

    private void CountEvents()
    {
        var products = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (var row in _rows)
        {
            var time = DateTimeOffset.FromUnixTimeMilliseconds(row.TimeMs);
            Count(Get(_tallies.Hours, HourNumber(row)), row);
            if (row.Brand is { } brand)
            {
                Count(Get(_tallies.Brands, brand), row);
            }

            if (row.Category is { } category)
            {
                var tally = Get(_tallies.Categories, category);
                Count(tally.HourOfDay[time.Hour] ??= new KindTally(), row);
                Count(tally.Weekday[((int)time.DayOfWeek + 6) % 7] ??= new KindTally(), row);
            }

            if (row.Code?.Split('.') is { Length: > 1 } parts && parts[1].Length > 0)
            {
                Count(Get(_tallies.SubCategories, parts[1]), row);
            }

            // Any numbers will do: what counts is how many there are.
            products.TryAdd(row.Product, (ulong)products.Count);
        }

        _tallies.ProductHashes.UnionWith(products.Values);
    }

    private void CountDays()
    {
        foreach (var category in _rows.Where(row => row.Category is not null).GroupBy(row => row.Category!))
        {
            _tallies.CategoryDays[category.Key] = category.GroupBy(row => HourNumber(row) / 24).ToDictionary(day => day.Key, day => day.LongCount());
        }

        foreach (var day in _rows.Where(row => row.Kind == EventKind.Purchase).GroupBy(row => HourNumber(row) / 24))
        {
            _tallies.Spend[day.Key] = day.GroupBy(row => row.User).ToDictionary(user => user.Key, user => Money.FromAmount(user.Sum(row => row.Price)));
        }
    }

    private void CountUsers()
    {
        _tallies.Users = _rows.Select(row => row.User).Distinct().Count();
        foreach (var day in _rows.GroupBy(row => HourNumber(row) / 24))
        {
            _tallies.VisitorsByDay[day.Key] = day.Select(row => row.User).Distinct().Count();
        }

        _tallies.OverTheRate = _rows.GroupBy(row => (row.User, row.TimeMs / RateWindowMs)).LongCount(window => window.Count() > RateLimit);
    }

    private void FollowSessions()
    {
        var sessionsByUser = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var group in _rows.GroupBy(row => (row.User, row.Session)))
        {
            foreach (var session in SplitByGaps(group.OrderBy(row => row.TimeMs).ThenBy(row => row.Line)))
            {
                _tallies.Sessions++;
                sessionsByUser[group.Key.User] = sessionsByUser.GetValueOrDefault(group.Key.User) + 1;
                OracleSession.Count(session, _tallies);
            }
        }

        Journeys = _rows.GroupBy(row => row.User).ToDictionary(
            user => user.Key,
            user => new OracleJourney(user.OrderBy(row => row.TimeMs).ThenBy(row => row.Line).ToArray(), sessionsByUser[user.Key]));
    }

    private static IEnumerable<List<OracleRow>> SplitByGaps(IEnumerable<OracleRow> ordered)
    {
        var session = new List<OracleRow>();
        foreach (var row in ordered)
        {
            if (session.Count > 0 && row.TimeMs - session[^1].TimeMs > SessionGapMs)
            {
                yield return session;
                session = [];
            }

            session.Add(row);
        }

        yield return session;
    }

    internal static int HourNumber(OracleRow row) => (int)(row.TimeMs / HourMs);

    private static void Count(KindTally tally, OracleRow row)
    {
        tally.Events[(int)row.Kind - 1]++;
        tally.Price[(int)row.Kind - 1] += Money.FromAmount(row.Price);
        if (row.Kind == EventKind.Purchase)
        {
            tally.Revenue += Money.FromAmount(row.Price);
        }
    }

    internal static TTally Get<TKey, TTally>(Dictionary<TKey, TTally> tallies, TKey key)
        where TKey : notnull
        where TTally : new()
    {
        if (!tallies.TryGetValue(key, out var tally))
        {
            tallies.Add(key, tally = new TTally());
        }

        return tally;
    }
}
