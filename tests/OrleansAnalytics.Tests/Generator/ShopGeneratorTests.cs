using System.Security.Cryptography;
using System.Text;
using OrleansAnalytics.Generator;
using Xunit;

namespace OrleansAnalytics.Tests.Generator;

public sealed class ShopGeneratorTests
{
    private static readonly Lazy<GeneratedShop> TwoDays =
        new(() => GeneratedShop.Read(new GeneratorOptions { Events = 200_000, Days = 2, Seed = 5 }));

    [Theory]
    [InlineData(1, false, "9225e20c8928902f288f47c3d89d7440f1504f9af5706bfcc600578c67b31300")]
    [InlineData(2, false, "b851d88423ef1b24f46a25a60b9e1eccd7fa6c51e83522fb027650bc42aeb496")]
    [InlineData(1, true, "d62fe9d483a4f6092081035c175ef6e45c520a91ad8621e274f2fba1ad9cce61")]
    public void A_seed_always_gives_the_same_bytes(ulong seed, bool removals, string sha256) =>
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(Bytes(new GeneratorOptions { Events = 20_000, Seed = seed, Removals = removals }))));

    [Fact]
    public void Chunks_are_whole_lines_and_make_up_the_file()
    {
        var options = new GeneratorOptions { Events = 5_000 };
        var joined = new MemoryStream();
        foreach (var chunk in new ShopGenerator(options).CsvChunks())
        {
            Assert.Equal((byte)'\n', chunk.Span[^1]);
            joined.Write(chunk.Span);
        }
        Assert.Equal(Bytes(options), joined.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000_000)]
    public void The_stream_gives_the_same_whatever_the_size_of_the_reads(int size)
    {
        var options = new GeneratorOptions { Events = 3_000 };
        using var stream = new ShopGenerator(options).OpenCsv();
        var read = new MemoryStream();
        var buffer = new byte[size];
        while (stream.Read(buffer) is > 0 and var count)
            read.Write(buffer, 0, count);
        Assert.Equal(Bytes(options), read.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9_999)]
    public void As_many_rows_as_asked_for(int events)
    {
        var lines = Encoding.UTF8.GetString(Bytes(new GeneratorOptions { Events = events })).Split('\n');
        Assert.Equal(events + 2, lines.Length);
        Assert.Equal("event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session", lines[0]);
        Assert.Empty(lines[^1]);
    }

    [Fact]
    public void Cancelling_leaves_whole_lines()
    {
        using var stop = new CancellationTokenSource();
        var target = new MemoryStream();
        var progress = new Callback(_ => stop.Cancel());
        Assert.Throws<OperationCanceledException>(() => new ShopGenerator(new GeneratorOptions()).WriteCsv(target, progress, stop.Token));
        Assert.Equal((byte)'\n', target.ToArray()[^1]);
    }

    [Fact]
    public void Rows_are_sorted_by_time_and_begin_at_the_start()
    {
        var times = TwoDays.Value.Rows.Select(row => row.Time).ToList();
        Assert.Equal(times.Order(StringComparer.Ordinal), times);
        Assert.StartsWith("2019-10-01 00:0", times[0], StringComparison.Ordinal);
        Assert.InRange(times[^1], "2019-10-02 20:00:00 UTC", "2019-10-03 04:00:00 UTC");
    }

    [Fact]
    public void Kinds_are_as_frequent_as_in_the_real_shop()
    {
        Assert.Equal(0.961, TwoDays.Value.Share(row => row.Kind == "view"), 0.005);
        Assert.Equal(0.022, TwoDays.Value.Share(row => row.Kind == "cart"), 0.003);
        Assert.Equal(0.017, TwoDays.Value.Share(row => row.Kind == "purchase"), 0.002);
    }

    [Fact]
    public void Sessions_are_as_long_as_in_the_real_shop()
    {
        var lengths = TwoDays.Value.Sessions.Select(session => session.Count).Order().ToList();
        Assert.Equal(4.77, lengths.Average(), 0.25);
        Assert.Equal(2, lengths[lengths.Count / 2]);
        Assert.InRange(lengths[lengths.Count * 9 / 10], 10, 12);
        Assert.InRange(lengths[lengths.Count * 99 / 100], 32, 40);

        var durations = TwoDays.Value.Sessions.Select(session => (session[^1].At - session[0].At).TotalSeconds).Order().ToList();
        Assert.InRange(durations[durations.Count / 2], 52, 70);
        Assert.InRange(durations[durations.Count * 3 / 4], 240, 310);
    }

    [Fact]
    public void Sessions_convert_and_abandon_as_in_the_real_shop()
    {
        var sessions = TwoDays.Value.Sessions;
        var bought = sessions.Where(session => session.Exists(row => row.Kind == "purchase")).ToList();
        Assert.Equal(0.061, (double)bought.Count / sessions.Count, 0.005);
        Assert.Equal(0.16, (double)bought.Count(session => !session.Exists(row => row.Kind == "cart")) / bought.Count, 0.03);
        var abandoned = sessions.Count(session => session.Exists(row => row.Kind == "cart") && !session.Exists(row => row.Kind == "purchase"));
        Assert.Equal(0.060, (double)abandoned / sessions.Count, 0.006);
    }

    [Fact]
    public void Brands_and_categories_are_missing_as_often_as_in_the_real_shop()
    {
        Assert.Equal(0.144, TwoDays.Value.Share(row => row.Brand.Length == 0), 0.01);
        Assert.Equal(0.318, TwoDays.Value.Share(row => row.CategoryCode.Length == 0), 0.01);
    }

    [Fact]
    public void A_category_has_one_code_or_none_and_a_product_one_category()
    {
        Assert.All(TwoDays.Value.Rows.GroupBy(row => row.CategoryId), rows => Assert.Single(rows.Select(row => row.CategoryCode).Distinct()));
        Assert.All(TwoDays.Value.Rows.GroupBy(row => row.ProductId), rows => Assert.Single(rows.Select(row => (row.CategoryId, row.Brand)).Distinct()));
        Assert.Equal(13, TwoDays.Value.Rows.Select(row => row.CategoryCode.Split('.')[0]).Where(group => group.Length > 0).Distinct().Count());
    }

    [Fact]
    public void Afternoons_are_nine_times_as_busy_as_nights()
    {
        var hours = TwoDays.Value.Rows.CountBy(row => row.At.Hour).ToDictionary();
        var night = (hours[0] + hours[1] + hours[2]) / 3.0;
        var afternoon = (hours[14] + hours[15] + hours[16]) / 3.0;
        Assert.InRange(afternoon / night, 7, 11);
        Assert.InRange(hours.MaxBy(hour => hour.Value).Key, 14, 17);
    }

    [Fact]
    public void Prices_are_as_in_the_real_shop()
    {
        var prices = TwoDays.Value.Rows.Select(row => row.Price).Order().ToList();
        Assert.Equal(290, (double)prices.Average(), 25.0);
        Assert.Equal(163, (double)prices[prices.Count / 2], 12.0);
        Assert.Equal(2574.07m, prices[^1]);
        Assert.Equal(0.00162, TwoDays.Value.Share(row => row.Price == 0), 0.0004);
    }

    [Fact]
    public void A_few_rows_are_exact_duplicates_unless_dirt_is_off()
    {
        Assert.Equal(0.00071, 1 - ((double)TwoDays.Value.Rows.Distinct().Count() / TwoDays.Value.Rows.Count), 0.0003);

        var clean = GeneratedShop.Read(new GeneratorOptions { Events = 50_000, Dirt = false });
        Assert.Equal(clean.Rows.Count, clean.Rows.Distinct().Count());
        Assert.DoesNotContain(clean.Rows, row => row.Price == 0);
    }

    [Fact]
    public void Every_shopper_comes_and_few_come_often()
    {
        var views = TwoDays.Value.Rows.CountBy(row => row.UserId).Select(user => user.Value).Order().ToList();
        Assert.InRange(views.Count, 14_000, 14_285);
        Assert.InRange(views[views.Count / 2], 3, 7);
        Assert.True(views[^1] > 200, $"the most active shopper has {views[^1]} events");
    }

    [Fact]
    public void The_cosmetics_shop_removes_about_as_often_as_it_should()
    {
        var shop = GeneratedShop.Read(new GeneratorOptions { Events = 50_000, Removals = true });
        Assert.Equal(0.17, shop.Share(row => row.Kind == "remove_from_cart"), 0.03);
        Assert.InRange(shop.Rows.Average(row => row.Price), 4, 15);
        Assert.All(shop.Sessions, session => Assert.All(
            session.Where(row => row.Kind == "remove_from_cart"),
            removed => Assert.Contains(session, row => row.Kind == "cart" && row.ProductId == removed.ProductId)));
    }

    [Fact]
    public void Wrong_options_are_all_named_at_once()
    {
        var error = Assert.Throws<ArgumentException>(() => new ShopGenerator(new GeneratorOptions { Events = 0, Users = 0, Days = -1 }));
        Assert.Contains("Events", error.Message, StringComparison.Ordinal);
        Assert.Contains("Users", error.Message, StringComparison.Ordinal);
        Assert.Contains("Days", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Bytes(GeneratorOptions options)
    {
        using var target = new MemoryStream();
        new ShopGenerator(options).WriteCsv(target, cancellationToken: TestContext.Current.CancellationToken);
        return target.ToArray();
    }

    private sealed class Callback(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
