using OrleansAnalytics.Events;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Reports;

/// <summary>Parts of <see cref="SiteTallies"/> that a report needs.</summary>
[Flags]
public enum TallyParts
{
    /// <summary>Positions, watermarks and ingest counts only.</summary>
    None = 0,

    /// <summary><see cref="SiteTallies.Hours"/>.</summary>
    Hours = 1,

    /// <summary><see cref="SiteTallies.Categories"/>.</summary>
    Categories = 2,

    /// <summary><see cref="SiteTallies.Brands"/>.</summary>
    Brands = 4,

    /// <summary><see cref="SiteTallies.CartHours"/>.</summary>
    Carts = 8,

    /// <summary><see cref="SiteTallies.VisitorsByDay"/>.</summary>
    Visitors = 16,

    /// <summary><see cref="SiteTallies.Sessions"/>, <see cref="SiteTallies.Users"/> and <see cref="SiteTallies.ProductHashes"/>.</summary>
    Totals = 32,

    /// <summary><see cref="SiteTallies.SubCategories"/>.</summary>
    SubCategories = 64,

    /// <summary><see cref="SiteTallies.CategoryDays"/>.</summary>
    CategoryDays = 128,

    /// <summary><see cref="SiteTallies.Funnel"/>, <see cref="SiteTallies.FunnelDays"/> and <see cref="SiteTallies.FunnelCategories"/>.</summary>
    Funnel = 256,

    /// <summary><see cref="SiteTallies.Spend"/> and <see cref="SiteTallies.SpendUnlisted"/>.</summary>
    Spend = 512,

    /// <summary><see cref="SiteTallies.Pages"/>, <see cref="SiteTallies.AllPages"/> and <see cref="SiteTallies.PageUsers"/>.</summary>
    Pages = 1024,

    /// <summary><see cref="SiteTallies.CartCategories"/> and <see cref="SiteTallies.CartProducts"/>.</summary>
    CartDetails = 2048,

    /// <summary>Everything.</summary>
    All = Hours | Categories | Brands | Carts | Visitors | Totals | SubCategories | CategoryDays | Funnel | Spend | Pages | CartDetails,
}

/// <summary>
/// What partitions hold for the site's reports. Every number is a sum over users, and a user is always in one partition, so the tallies of
/// several partitions merge by addition (products by union).
/// </summary>
[GenerateSerializer, Alias("site-tallies")]
public sealed record SiteTallies
{
    /// <summary>The applied position by partition: what the tallies are as of.</summary>
    [Id(0)] public Dictionary<int, long> AsOf { get; init; } = [];

    /// <summary>The lowest watermark of the merged partitions that have seen an event, in milliseconds; 0 if none has.</summary>
    [Id(1)] public long WatermarkMs { get; set; }

    /// <summary>Events received, accepted, dropped and rejected.</summary>
    [Id(2)] public IngestCounts Ingest { get; init; } = new();

    /// <summary>By hour number (<see cref="EventTime.Hour"/>).</summary>
    [Id(3)] public Dictionary<int, KindTally> Hours { get; init; } = [];

    /// <summary>By category id.</summary>
    [Id(4)] public Dictionary<string, CategoryTally> Categories { get; init; } = [];

    /// <summary>By brand.</summary>
    [Id(5)] public Dictionary<string, KindTally> Brands { get; init; } = [];

    /// <summary>Carts by the hour number of their first cart event, evaluated as if every session ended at the applied position.</summary>
    [Id(6)] public Dictionary<int, CartTally> CartHours { get; init; } = [];

    /// <summary>Distinct users by day number (<see cref="EventTime.Day"/>).</summary>
    [Id(7)] public Dictionary<int, long> VisitorsByDay { get; init; } = [];

    /// <summary>Sessions, ended or not.</summary>
    [Id(8)] public long Sessions { get; set; }

    /// <summary>Distinct users over all time.</summary>
    [Id(9)] public long Users { get; set; }

    /// <summary>64-bit hashes of distinct products (chance of any collision among a million: 3·10⁻⁸).</summary>
    [Id(10)] public HashSet<ulong> ProductHashes { get; init; } = [];

    /// <summary>(user, 10-second window) pairs with more than 10 events.</summary>
    [Id(11)] public long OverTheRate { get; set; }

    /// <summary>Accepted events older than the watermark.</summary>
    [Id(12)] public long Late { get; set; }

    /// <summary>By the second part of the dotted category name: <c>kitchen</c> of <c>appliances.kitchen.mixer</c>.</summary>
    [Id(13)] public Dictionary<string, KindTally> SubCategories { get; init; } = [];

    /// <summary>Events by category id and day number, of the latest days that a partition has seen.</summary>
    [Id(14)] public Dictionary<string, Dictionary<int, long>> CategoryDays { get; init; } = [];

    /// <summary>How far sessions came, evaluated as if every session ended at the applied position.</summary>
    [Id(15)] public FunnelTally Funnel { get; init; } = new();

    /// <summary>The same by the day number of the session's first event.</summary>
    [Id(16)] public Dictionary<int, FunnelTally> FunnelDays { get; init; } = [];

    /// <summary>The same by category id: sessions with a view, cart or purchase in the category, and how far they came with the events in it alone.</summary>
    [Id(17)] public Dictionary<string, FunnelTally> FunnelCategories { get; init; } = [];

    /// <summary>Carts by the category id of their first cart event; carts without one are left out.</summary>
    [Id(18)] public Dictionary<string, CartTally> CartCategories { get; init; } = [];

    /// <summary>Carts by product id.</summary>
    [Id(19)] public Dictionary<string, CartTally> CartProducts { get; init; } = [];

    /// <summary>Revenue by day number and user id; only users who bought.</summary>
    [Id(20)] public Dictionary<int, Dictionary<string, Money>> Spend { get; init; } = [];

    /// <summary>Revenue of days and users that are not in <see cref="Spend"/> because a limit was reached.</summary>
    [Id(21)] public Money SpendUnlisted { get; set; }

    /// <summary>By URL.</summary>
    [Id(22)] public Dictionary<string, PageTally> Pages { get; init; } = [];

    /// <summary>All page visits, also those of URLs beyond the limit.</summary>
    [Id(23)] public PageTally AllPages { get; init; } = new();

    /// <summary>Distinct users with a page visit.</summary>
    [Id(24)] public long PageUsers { get; set; }
}

/// <summary>Events at the door. <see cref="Received"/> = accepted + duplicates + rejected, always.</summary>
[GenerateSerializer, Alias("ingest-counts")]
public sealed record IngestCounts
{
    /// <summary>Events counted.</summary>
    [Id(0)] public long Accepted { get; set; }

    /// <summary>Events dropped because their id was known.</summary>
    [Id(1)] public long Duplicates { get; set; }

    /// <summary>Events in the dead letters, by reason; reasons without events are absent.</summary>
    [Id(2)] public Dictionary<RejectReason, long> Rejected { get; init; } = [];

    /// <summary>All of them.</summary>
    public long Received => Accepted + Duplicates + RejectedTotal;

    /// <summary>Rejected for any reason.</summary>
    public long RejectedTotal => Rejected.Values.Sum();
}

/// <summary>Counts and sums by kind; arrays are indexed by <see cref="EventKinds.Index"/>.</summary>
[GenerateSerializer, Alias("kind-tally")]
public sealed record KindTally
{
    /// <summary>Events by kind.</summary>
    [Id(0)] public long[] Events { get; init; } = new long[EventKinds.Count];

    /// <summary>Sum of price (of one piece) by kind.</summary>
    [Id(1)] public Money[] Price { get; init; } = new Money[EventKinds.Count];

    /// <summary>Sum of price × quantity of purchases.</summary>
    [Id(2)] public Money Revenue { get; set; }
}

/// <summary>A category's events by hour of day and weekday.</summary>
[GenerateSerializer, Alias("category-tally")]
public sealed record CategoryTally
{
    /// <summary>24 buckets by hour of day.</summary>
    [Id(0)] public KindTally?[] HourOfDay { get; init; } = new KindTally?[24];

    /// <summary>7 buckets, Monday first.</summary>
    [Id(1)] public KindTally?[] Weekday { get; init; } = new KindTally?[7];
}

/// <summary>Outcomes of carts; a cart is one (session, product) with a cart event.</summary>
[GenerateSerializer, Alias("cart-tally")]
public sealed record CartTally
{
    /// <summary>Bought later in the session.</summary>
    [Id(0)] public long Purchased { get; set; }

    /// <summary>Not bought; the last cart action was a removal.</summary>
    [Id(1)] public long Removed { get; set; }

    /// <summary>Neither.</summary>
    [Id(2)] public long Abandoned { get; set; }

    /// <summary>All carts.</summary>
    public long Carts => Purchased + Removed + Abandoned;
}

/// <summary>Sessions by how far they came; each step contains the ones after it.</summary>
[GenerateSerializer, Alias("funnel-tally")]
public sealed record FunnelTally
{
    /// <summary>All sessions.</summary>
    [Id(0)] public long Sessions { get; set; }

    /// <summary>With a view.</summary>
    [Id(1)] public long View { get; set; }

    /// <summary>With a cart event at or after a view.</summary>
    [Id(2)] public long Cart { get; set; }

    /// <summary>With a purchase at or after such a cart event.</summary>
    [Id(3)] public long Purchase { get; set; }
}

/// <summary>Visits to pages.</summary>
[GenerateSerializer, Alias("page-tally")]
public sealed record PageTally
{
    /// <summary>Number of visits.</summary>
    [Id(0)] public long Visits { get; set; }

    /// <summary>Sum of their durations in milliseconds; stays at the greatest number instead of overflowing.</summary>
    [Id(1)] public long DurationMs { get; set; }

    /// <summary>Time of the first of them in milliseconds since 1970-01-01 UTC; says nothing without visits.</summary>
    [Id(2)] public long FirstMs { get; set; }
}
