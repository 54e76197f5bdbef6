using OrleansAnalytics.Generator;

namespace OrleansAnalytics.Benchmarks.Workloads;

/// <summary>
/// Events in two files: a cold pass, in which every user and product is met for the first time, and a warm one with other events of the same users
/// and products. Equal arguments give equal bytes.
/// <list type="bullet">
/// <item><c>backlog</c>: the shop as it is, sorted by time, 1.4 million events a day. A visit's events lie close together; of a window of 32,768 events
/// between a tenth and a fifth are of users that the window has not had before.</item>
/// <item><c>interleaved</c>: 300,000 users (a quarter of the events, if that is less) are in the shop at once and take turns, so that all events of a
/// window of 32,768 are of different users. Each visit has five events, half a minute to two minutes apart.</item>
/// </list>
/// </summary>
internal sealed record Workload(string Name, WorkloadPass Cold, WorkloadPass? Warm)
{
    public const string Backlog = "backlog";
    public const string Interleaved = "interleaved";

    /// <summary>The workloads that engines are compared on.</summary>
    public static readonly IReadOnlyList<string> Names = [Backlog, Interleaved];

    /// <summary>Visits under way at once in <see cref="OfUsers"/>.</summary>
    public const long Visitors = 10_000;

    private const long MostInterleavedUsers = 300_000;
    private const int VisitEvents = 5;

    // Every visitor's next event comes after 40 seconds on the average, 20 by day and a few minutes by night: one session.
    private const double EventsOfVisitorPerDay = 86_400 / 40;

    /// <summary>One of <see cref="Names"/>, with that many events in each pass.</summary>
    public static Workload Named(string name, long events, ulong seed)
    {
        if (name == Backlog)
        {
            var shop = new GeneratorOptions { Events = events, Seed = seed };
            // The same seed, so the same users come for the same products, but later and under new session keys: other events.
            return new(name, new(shop, null), new(shop with { Start = AfterDays(shop, 2) }, null, NewSessions: true));
        }

        var users = Math.Clamp(events / 4, 1, MostInterleavedUsers);
        return Dealt(name, seed, new(users, users, VisitEvents), events, new(users, users, VisitEvents), events);
    }

    /// <summary>
    /// Any number of users: in the cold pass each has a visit of <paramref name="coldEach"/> events, in the warm pass visits of five go on, always
    /// <see cref="Visitors"/> at a time, so that chunks look alike whatever the number of users.
    /// </summary>
    /// <param name="users">The users.</param>
    /// <param name="coldEach">Events of each in the cold pass.</param>
    /// <param name="warmEvents">Events of the warm pass; 0 for none.</param>
    /// <param name="seed">The seed.</param>
    public static Workload OfUsers(long users, int coldEach, long warmEvents, ulong seed)
    {
        var visitors = Math.Min(Visitors, users);
        return Dealt($"{users:N0} users", seed, new(users, visitors, coldEach), users * coldEach, new(users, visitors, VisitEvents), warmEvents);
    }

    private static Workload Dealt(string name, ulong seed, Deal coldDeal, long coldEvents, Deal warmDeal, long warmEvents)
    {
        // Without dirt: an exact duplicate would be dealt to another user and be none.
        var cold = new GeneratorOptions { Events = coldEvents, Seed = seed, EventsPerDay = coldDeal.Visitors * EventsOfVisitorPerDay, Dirt = false };
        var warm = cold with { Events = warmEvents, Start = AfterDays(cold, 1) };
        return new(
            name,
            new(cold, coldDeal),
            warmEvents == 0 ? null : new(warm, warmDeal with { FirstVisit = coldDeal.Users * ((coldEvents / coldDeal.Users) + 1) }));
    }

    private static DateTimeOffset AfterDays(GeneratorOptions shop, int more) =>
        shop.Start.AddDays(Math.Ceiling(shop.Events / shop.EffectiveEventsPerDay) + more);
}

/// <summary>The events of one pass.</summary>
/// <param name="Shop">What the generator writes.</param>
/// <param name="Deal">To whom its rows are dealt; null leaves them with the generator's users.</param>
/// <param name="NewSessions">Session keys are changed, each to one of its own.</param>
internal sealed record WorkloadPass(GeneratorOptions Shop, Deal? Deal, bool NewSessions = false);

/// <summary>Deals rows to visits in turn: <paramref name="Visitors"/> visits go on at once, and each ends after <paramref name="VisitEvents"/> rows.</summary>
/// <param name="Users">Users, who come one after the other and then again.</param>
/// <param name="Visitors">Visits under way at once.</param>
/// <param name="VisitEvents">Rows of a visit.</param>
internal sealed record Deal(long Users, long Visitors, int VisitEvents)
{
    /// <summary>The number of the first visit; a multiple of <see cref="Users"/>.</summary>
    public long FirstVisit { get; init; }

    /// <summary>Whose row it is, counted from 0, and in which of all visits.</summary>
    public (long User, long Visit) Of(long row)
    {
        var visit = FirstVisit + (row / Visitors / VisitEvents * Visitors) + (row % Visitors);
        return (visit % Users, visit);
    }
}
