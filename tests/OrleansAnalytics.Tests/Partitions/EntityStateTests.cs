using System.Buffers;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Journeys;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class EntityStateTests
{
    private static readonly Gen<(int Partition, long Position)[]> Raises =
        Gen.Select(Gen.Int[0, 5], Gen.OneOf(Gen.Long[1, 20], Gen.Long[1, long.MaxValue])).Array[0, 20];

    [Fact]
    public void Applied_positions_are_the_highest_of_each_partition() =>
        Raises.Sample(raises =>
        {
            var applied = Applied(raises);
            for (var partition = 0; partition <= 5; partition++)
            {
                Assert.Equal(raises.Where(raise => raise.Partition == partition).Select(raise => raise.Position).DefaultIfEmpty(0).Max(), applied[partition]);
            }
        });

    [Fact]
    public void What_was_applied_when_a_save_began_is_saved_when_it_ends() =>
        Gen.Select(Raises, Raises).Sample((before, after) =>
        {
            var applied = Applied(before);
            applied.BeginSave();
            foreach (var (partition, position) in after)
            {
                applied.Raise(partition, position);
            }

            Assert.All(Enumerable.Range(0, 10), partition => Assert.Equal(0, applied.Saved(partition)));
            applied.EndSave();
            Assert.Equal(All(Applied(before)), string.Join(' ', Enumerable.Range(0, 10).Select(partition => applied.Saved(partition))));
            Assert.Equal(All(Applied([.. before, .. after])), All(applied));
        });

    [Fact]
    public void Positions_and_fold_are_read_together_as_they_were_written() =>
        Gen.Select(Raises, Gen.Long[0, long.MaxValue]).Sample((raises, sum) =>
        {
            var stored = State(raises, sum).Stored();
            var read = State([(3, 77)], 5);
            read.ReadFrom(stored);
            Assert.Equal((All(Applied(raises)), sum), (All(read.Applied), read.Fold.Sum));
            Assert.All(raises, raise => Assert.Equal(read.Applied[raise.Partition], read.Applied.Saved(raise.Partition)));
            Assert.Equal(stored, read.Stored());
        });

    [Fact]
    public void A_state_that_is_cut_or_of_another_version_is_refused() =>
        Raises.Sample(raises =>
        {
            var stored = State(raises, 9).Stored();
            for (var length = 0; length < stored.Length; length++)
            {
                Assert.Throws<DamagedFormatException>(() => State([], 0).ReadFrom(stored.AsSpan(0, length)));
            }

            Assert.Throws<DamagedFormatException>(() => State([], 0).ReadFrom([2, .. stored[1..]]));
        });

    private static AppliedPositions Applied((int Partition, long Position)[] raises)
    {
        var applied = new AppliedPositions();
        foreach (var (partition, position) in raises)
        {
            applied.Raise(partition, position);
        }

        return applied;
    }

    private static string All(AppliedPositions applied) => string.Join(' ', Enumerable.Range(0, 10).Select(partition => applied[partition]));

    private static EntityState<SumFold> State((int Partition, long Position)[] raises, long sum)
    {
        var state = new EntityState<SumFold>(new SumFold { Sum = sum });
        Array.ForEach(raises, raise => state.Applied.Raise(raise.Partition, raise.Position));
        return state;
    }

    private sealed class SumFold : EntityFold
    {
        public long Sum { get; set; }

        public override bool IsEmpty => Sum == 0;

        public override void Fold(ShopEvent shopEvent, long position) => Sum += position;

        public override void WriteTo(IBufferWriter<byte> output)
        {
            var writer = new FormatWriter(output);
            writer.Fixed64((ulong)Sum);
        }

        public override void ReadFrom(ReadOnlySpan<byte> stored)
        {
            var reader = new FormatReader(stored);
            Sum = (long)reader.Fixed64();
        }
    }
}
