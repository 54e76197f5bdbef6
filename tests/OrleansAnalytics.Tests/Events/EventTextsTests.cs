using System.Text;
using OrleansAnalytics.Events;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

public sealed class EventTextsTests
{
    [Theory]
    [InlineData("")]
    [InlineData("user-")]
    public void A_cache_grows_until_it_keeps_what_comes_again_and_knows_what_was_known(string prefix)
    {
        var texts = new EventTexts(1 << 17);
        var all = Enumerable.Range(0, 20_000).Select(number => Encoding.UTF8.GetBytes($"{prefix}{number}")).ToArray();
        for (var round = 0; round < 4; round++)
        {
            foreach (var text in all)
            {
                texts.Find(text);
            }
        }

        var before = Array.ConvertAll(all, text => texts.Find(text));
        Assert.Equal(all.Select(Encoding.UTF8.GetString), before.Select(known => known.Text));
        var kept = all.Zip(before).Count(pair => ReferenceEquals(texts.Find(pair.First), pair.Second));
        Assert.InRange(kept, 19_000, 20_000);
    }

    [Fact]
    public void A_cache_does_not_grow_beyond_its_capacity()
    {
        var texts = new EventTexts(8_192);
        var all = Enumerable.Range(0, 20_000).Select(number => Encoding.UTF8.GetBytes($"{number}")).ToArray();
        for (var round = 0; round < 4; round++)
        {
            Array.ForEach(all, text => texts.Find(text));
        }

        var before = Array.ConvertAll(all, text => texts.Find(text));
        Assert.InRange(all.Zip(before).Count(pair => ReferenceEquals(texts.Find(pair.First), pair.Second)), 0, 8_192);
    }

    [Theory]
    [InlineData("7", "07")]
    [InlineData("0", "00")]
    [InlineData("999999999999999999", "9999999999999999999")]
    [InlineData("18446744073709551615", "1")]
    public void Texts_that_are_written_otherwise_are_others(string one, string other)
    {
        var texts = new EventTexts(2);
        Assert.Equal(one, texts.Get(Encoding.UTF8.GetBytes(one)));
        Assert.Equal(other, texts.Get(Encoding.UTF8.GetBytes(other)));
        Assert.Equal(one, texts.Get(Encoding.UTF8.GetBytes(one)));
    }
}
