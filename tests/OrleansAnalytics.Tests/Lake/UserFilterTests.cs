using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using OrleansAnalytics.Lake.Users;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

public sealed class UserFilterTests
{
    private static readonly LakeFile File = new("date=2019-10-01/hour=02/a.parquet", 10, 1_000, 0, 0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Whoever_is_in_a_file_is_never_denied() =>
        Gen.String.HashSet[0, 300].Sample(users =>
        {
            var filter = UserFilter.Write([.. users.Select(UserFilter.HashOf)], File);
            Assert.All(users, user => Assert.True(MayHave(filter, user), user));
        });

    [Fact]
    public void Nearly_all_others_are_denied()
    {
        const int Users = 20_000;
        var filter = UserFilter.Write([.. Enumerable.Range(0, Users).Select(number => UserFilter.HashOf($"{512_000_000 + number}"))], File);
        var mistakes = Enumerable.Range(0, Users).Count(number => MayHave(filter, $"{600_000_000 + number}"));
        Assert.InRange(mistakes, 0, Users / 200);
        Assert.InRange(filter.Length, Users, Users * 3);
    }

    [Fact]
    public void A_damaged_block_and_a_filter_of_another_file_deny_nobody()
    {
        var filter = UserFilter.Write([UserFilter.HashOf("a")], File);
        Assert.False(MayHave(filter, "b"));
        Assert.Equal(0, UserFilter.BlocksOf(filter.AsSpan(0, UserFilter.HeaderBytes), File with { Bytes = 999 }));
        Assert.Equal(0, UserFilter.BlocksOf(filter.AsSpan(0, UserFilter.HeaderBytes), File with { Rows = 9 }));
        Assert.Equal(0, UserFilter.BlocksOf(filter.AsSpan(0, UserFilter.HeaderBytes - 1), File));
        for (var at = UserFilter.HeaderBytes; at < filter.Length; at++)
        {
            var damaged = (byte[])filter.Clone();
            damaged[at] ^= 1;
            Assert.True(MayHave(damaged, "b"), $"{at}");
        }
    }

    [Fact]
    public void A_compacted_lake_reads_only_the_files_that_have_the_user_and_gives_the_same_answers()
    {
        using var lake = Shop();
        var all = Users.ToDictionary(user => user, user => lake.Rows($"FROM session_events WHERE user_id = '{user}' ORDER BY event_time"));
        Assert.Equal(48, lake.Open().FilesRead.Count);
        Assert.Equal(48, Compact(lake).FilesIndexed);
        Assert.Equal(0, Compact(lake).FilesIndexed);
        foreach (var user in Users)
        {
            using var database = LakeDatabase.Open(lake.Folder, user: user);
            Assert.Equal(HoursOf(user).Count(), database.FilesRead.Count);
            Assert.Equal(all[user], History(database));
        }

        using var nobody = LakeDatabase.Open(lake.Folder, user: "o'nobody");
        Assert.Empty(nobody.FilesRead);
        Assert.Empty(History(nobody));
    }

    [Fact]
    public void Filters_that_are_lost_damaged_or_of_other_files_change_no_answer()
    {
        using var lake = Shop();
        var expected = lake.Rows("FROM session_events WHERE user_id = 'u3' ORDER BY event_time");
        Compact(lake);
        var filters = Directory.GetFiles(Path.Combine(lake.Root, UserFilters.Name), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        System.IO.File.Delete(filters[0]);
        System.IO.File.WriteAllBytes(filters[3], []);
        System.IO.File.WriteAllBytes(filters[6], System.IO.File.ReadAllBytes(filters[6])[..(UserFilter.HeaderBytes + 5)]);
        System.IO.File.Copy(filters[1], filters[9], overwrite: true);
        var zeros = System.IO.File.ReadAllBytes(filters[12]);
        zeros.AsSpan(UserFilter.HeaderBytes).Clear();
        System.IO.File.WriteAllBytes(filters[12], zeros);
        using (var database = LakeDatabase.Open(lake.Folder, user: "u3"))
        {
            Assert.Equal(expected, History(database));
        }

        // The deleted one, the empty one and the one of a file with more rows.
        Assert.Equal(3, Compact(lake).FilesIndexed);
    }

    [Fact]
    public void The_filter_of_a_file_goes_with_it()
    {
        using var lake = Shop();
        Compact(lake);
        lake.Add(new LakeManifest { Source = "import-more" }, [new MadeEvent("2019-10-01 00:30:00", EventKind.View, "u0").ToRow()]);
        Assert.Equal(1, Compact(lake).FilesIndexed);
        var filters = Directory.GetFiles(Path.Combine(lake.Root, UserFilters.Name), "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Path.Combine(lake.Root, UserFilters.Name), path));
        Assert.Equal(LakeManifest.FilesOf(lake.Folder.Read()).Select(file => file.Path + ".filter").Order(StringComparer.Ordinal), filters.Order(StringComparer.Ordinal));
    }

    private static readonly IReadOnlyList<string> Users = ["u0", "u1", "u2", "u3", "u4"];

    /// <summary>User N is there every N + 1st hour.</summary>
    private static IEnumerable<int> HoursOf(string user) => Enumerable.Range(0, 48).Where(hour => hour % (Users.ToList().IndexOf(user) + 1) == 0);

    private static SampleLake Shop() => SampleLake.Of([.. Users.SelectMany(user => HoursOf(user).Select(hour =>
        new MadeEvent($"2019-10-{1 + (hour / 24):00} {hour % 24:00}:{hour % 7:00}:00", EventKind.View, user, $"s{hour / 5}")))]);

    private static CompactionResult Compact(SampleLake lake) => new LakeCompactor(lake.Folder, new LakeCompactionOptions { MaxFiles = 2 }, TimeProvider.System).Run(cancellationToken: Token);

    private static IReadOnlyList<object?[]> History(LakeDatabase database) => new SqlRunner(database).Rows(new SqlQuery("FROM session_events ORDER BY event_time"), Token).Rows;

    private static bool MayHave(byte[] filter, string user)
    {
        var hash = UserFilter.HashOf(user);
        var blocks = UserFilter.BlocksOf(filter.AsSpan(0, UserFilter.HeaderBytes), File);
        Assert.True(blocks > 0);
        var number = UserFilter.BlockOf(hash, blocks);
        return UserFilter.MayHave(filter.AsSpan(UserFilter.HeaderBytes + (number * UserFilter.StoredBlockBytes), UserFilter.StoredBlockBytes), number, hash);
    }
}
