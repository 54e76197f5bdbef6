using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Backfill;
using OrleansAnalytics.Lake.Users;
using OrleansAnalytics.Reports;
using OrleansAnalytics.Snapshots;
using OrleansAnalytics.Tests.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Formats;

/// <summary>What is stored beside what it is about: manifests as JSON, and the index of the lake.</summary>
internal static class ManifestFormats
{
    private static readonly SnapshotManifest Manifest = new(
        ReportNames.All[0], "2026-11-23", new Dictionary<int, long> { [0] = 5, [1] = 0 }, "2026-11-23T10:00:00Z", 2, new Dictionary<string, string> { ["2026-11-23.csv"] = "00ff" });

    private const int Users = 40;
    private static readonly LakeFile FileOfUsers = new("date=2019-10-01/hour=02/a.parquet", 61, 6_234, 0, 0);

    private static readonly BackfillHour Hour = new()
    {
        Folder = "date=2019-10-01/hour=02",
        Files = ["date=2019-10-01/hour=02/import-6b1d-2019100102.parquet"],
        Since = 1_795_000_000_000,
        IsTaken = true,
        Rows = 61_234,
        Sent = 5_000,
    };

    private static readonly PeriodManifest OfADay = new()
    {
        Kind = "day",
        Period = "2026-11-23",
        Version = 2,
        Events = 5,
        Positions = new Dictionary<int, long> { [0] = 5, [1] = 0 },
        LatestEvent = "2026-11-23T10:00:00.000Z",
        Watermark = "2026-11-24T02:00:00.000Z",
        Written = "2026-11-24T02:00:01.000Z",
        Reports = new Dictionary<string, int> { ["brands"] = 1 },
        Files = new Dictionary<string, PeriodFile> { ["brands.csv"] = new(3, "00ff") },
    };

    /// <summary>The manifest beside a snapshot of a report.</summary>
    public static StoredFormat OfAReport { get; } = Json("snapshot-manifest", "manifest.json", Manifest, Manifest.ToUtf8(), bytes => SnapshotManifest.FromUtf8(bytes));

    /// <summary>How far a backfill is.</summary>
    public static StoredFormat OfABackfill { get; } = Json("backfill-hour", "state.json", Hour, Hour.ToUtf8(), bytes => BackfillHour.FromUtf8(bytes));

    /// <summary>The manifest of a closed period's snapshot.</summary>
    public static StoredFormat OfAPeriod { get; } = Json("period-manifest", "manifest.json", OfADay, OfADay.ToUtf8(), bytes => PeriodManifest.FromUtf8(bytes));

    /// <summary>Which users a file of the lake has.</summary>
    public static StoredFormat OfUsers { get; } = new(
        "user-filter",
        [],
        () => Task.FromResult<IReadOnlyList<Piece>>([new Piece("filter", UserFilter.Write([.. Enumerable.Range(0, Users).Select(UserOf)], FileOfUsers))]),
        pieces =>
        {
            var filter = pieces[0].Bytes;
            var blocks = UserFilter.BlocksOf(filter.AsSpan(0, UserFilter.HeaderBytes), FileOfUsers);
            var answers = Enumerable.Range(0, 2 * Users).Select(number =>
            {
                var block = UserFilter.BlockOf(UserOf(number), blocks);
                return UserFilter.MayHave(filter.AsSpan(UserFilter.HeaderBytes + (block * UserFilter.StoredBlockBytes), UserFilter.StoredBlockBytes), block, UserOf(number));
            });
            Assert.Equal(Enumerable.Range(0, 2 * Users).Select(number => number < Users), answers);
            return Task.CompletedTask;
        });

    private static ulong UserOf(int number) => UserFilter.HashOf($"user-{number}");

    private static StoredFormat Json<T>(string name, string file, T content, byte[] written, Func<byte[], T> read)
        where T : notnull => new(
        name,
        [],
        () => Task.FromResult<IReadOnlyList<Piece>>([new Piece(file, written)]),
        pieces =>
        {
            Assert.Equal(RandomEvents.Text(content), RandomEvents.Text(read(pieces[0].Bytes)));
            return Task.CompletedTask;
        });
}
