using CsCheck;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

/// <summary>The index and its rows against a dictionary.</summary>
public sealed class SessionIndexTests
{
    private static readonly Gen<(int Name, bool Removes)[]> Changes = Gen.Select(Gen.Int[0, 120], Gen.Bool).Array[1, 600];

    [Fact]
    public void It_finds_what_a_dictionary_would() => Changes.Sample(changes =>
    {
        var rows = new RowTable<SessionWindow>();
        var index = new SessionIndex(rows);
        var model = new Dictionary<SessionName, int>();
        foreach (var (number, removes) in changes)
        {
            var name = NameOf(number);
            if (!model.TryGetValue(name, out var row))
            {
                model[name] = row = rows.Add(new SessionWindow { Name = name, Id = number });
                index.Set(name, row);
            }
            else if (removes)
            {
                index.Remove(name);
                rows.Remove(row);
                model.Remove(name);
            }
            else
            {
                // Another session of the name comes first.
                var before = row;
                model[name] = row = rows.Add(rows[before]);
                index.Set(name, row);
                rows.Remove(before);
            }

            Assert.Equal(model.Count, rows.Count);
            Assert.All(Enumerable.Range(0, 121).Select(NameOf), one => Assert.Equal(model.GetValueOrDefault(one, SessionIndex.None), index.Find(one)));
            Assert.All(model, one => Assert.Equal(one.Key, rows[one.Value].Name));
        }
    }, iter: 100);

    [Fact]
    public void Names_at_the_same_place_are_told_apart()
    {
        var rows = new RowTable<SessionWindow>();
        var index = new SessionIndex(rows);

        // The place is the upper half of a product, which is 0 for the one and 1 for the other.
        var (one, other) = (new SessionName(0, 0), new SessionName(Inverse(KeyedHash<ulong>.Key), 0));
        Assert.Equal(one.Place, other.Place);
        var first = rows.Add(new SessionWindow { Name = one });
        index.Set(one, first);
        Assert.Equal(SessionIndex.None, index.Find(other));
        var second = rows.Add(new SessionWindow { Name = other });
        index.Set(other, second);
        Assert.Equal((first, second), (index.Find(one), index.Find(other)));
        index.Remove(one);
        Assert.Equal((SessionIndex.None, second), (index.Find(one), index.Find(other)));
    }

    [Fact]
    public void A_row_that_is_given_back_serves_again()
    {
        var rows = new RowTable<SessionWindow>();
        var numbers = Enumerable.Range(0, 1_000).Select(i => rows.Add(new SessionWindow { Id = i })).ToArray();
        Assert.Equal(numbers.Length, numbers.Distinct().Count());
        Assert.All(numbers, number => Assert.Equal(number, rows[number].Id));
        foreach (var number in numbers)
        {
            rows.Remove(number);
        }

        Assert.Equal(0, rows.Count);
        Assert.Equal(numbers.Order(), numbers.Select(_ => rows.Add(default)).Order());
    }

    private static SessionName NameOf(int number) => new((ulong)number / 3, (ulong)number % 3);

    /// <summary>What an odd number is to be multiplied by to get 1, modulo 2^64 (Newton's iteration).</summary>
    private static ulong Inverse(ulong odd)
    {
        var inverse = odd;
        for (var i = 0; i < 6; i++)
        {
            inverse *= 2 - (odd * inverse);
        }

        return inverse;
    }
}
