using CsCheck;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

public sealed class FlatSetTests
{
    [Fact]
    public void A_flat_set_is_what_a_hash_set_is() =>
        Gen.Select(Gen.Int[0, 20], Gen.ULong[0, 60]).Array[0, 400].Sample(steps =>
        {
            var set = new FlatSet<ulong>();
            var model = new HashSet<ulong>();
            foreach (var (step, id) in steps)
            {
                switch (step)
                {
                    case 0 when id == 0:
                        set.Clear();
                        model.Clear();
                        break;
                    case < 9:
                        Assert.Equal(model.Remove(id), set.Remove(id));
                        break;
                    default:
                        Assert.Equal(model.Add(id), set.Add(id));
                        break;
                }

                Assert.Equal((model.Contains(id), model.Count), (set.Contains(id), set.Count));
                Assert.All(model, known => Assert.True(set.Contains(known)));
            }

            Assert.Equal(model.Order(), set.Order());
        }, iter: 2_000);

    [Fact]
    public void A_set_that_forgets_as_many_as_come_stays_as_large_as_it_is()
    {
        // Removal that left marks behind, or lost somebody on the way, would show here.
        var set = new FlatSet<ulong>();
        for (var id = 1UL; id < 100_000; id++)
        {
            Assert.True(set.Add(id * 0x9E3779B97F4A7C15));
            Assert.True(id <= 1_000 || set.Remove((id - 1_000) * 0x9E3779B97F4A7C15));
        }

        Assert.Equal(1_000, set.Count);
        Assert.Equal(Enumerable.Range(99_000, 1_000).Select(id => (ulong)id * 0x9E3779B97F4A7C15).Order(), set.Order());
    }
}
