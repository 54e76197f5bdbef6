using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Partitions.Operators;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

public sealed class DamagedPartsTests
{
    [Fact]
    public void A_part_that_is_cut_is_refused() =>
        Gen.Select(RandomEntries.Log, Gen.Int[0, 100_000]).Sample((log, at) =>
        {
            var parts = PartsOf(log, RandomEntries.Roomy);
            foreach (var (name, part) in parts.ToList())
            {
                // A set of ids that ends between two ids is a shorter set: nothing tells it from a whole one.
                var length = at % part.Length;
                if (!IsSegment(name) || length % 8 != 1 || length == 1)
                {
                    AssertRefused(new(parts) { [name] = part[..length] });
                }
            }
        }, iter: 100);

    [Fact]
    public void A_part_with_bytes_behind_it_is_refused() =>
        RandomEntries.Log.Sample(log =>
        {
            var parts = PartsOf(log, RandomEntries.Roomy);
            foreach (var (name, part) in parts.ToList())
            {
                AssertRefused(new(parts) { [name] = (byte[])[.. part.Span, 0] });
            }
        }, iter: 20);

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(255)]
    public void A_part_of_another_version_is_refused(byte version) =>
        RandomEntries.Log.Sample(log =>
        {
            var parts = PartsOf(log, RandomEntries.Roomy);
            foreach (var (name, part) in parts.ToList())
            {
                AssertRefused(new(parts) { [name] = (byte[])[version, .. part.Span[1..]] });
            }
        }, iter: 20);

    [Fact]
    public void A_part_with_a_wrong_bit_is_refused_or_can_be_worked_with() =>
        Gen.Select(RandomEntries.Log, Gen.Int[0, 100_000], Gen.Int[0, 1_000_000], RandomEntries.TinyLimits).Sample((log, which, bit, options) =>
        {
            var parts = PartsOf(log, options);
            var name = parts.Keys.Order(StringComparer.Ordinal).ElementAt(which % parts.Count);
            var damaged = parts[name].ToArray();
            damaged[bit / 8 % damaged.Length] ^= (byte)(1 << (bit % 8));
            parts[name] = damaged;
            var operators = new PartitionOperators(options);
            try
            {
                operators.Restore(log.Length, parts);
            }
            catch (DamagedFormatException)
            {
                return;
            }

            operators.Tallies(0, TallyParts.All);
        }, iter: 10_000);

    private static bool IsSegment(string part) =>
        part.StartsWith("ids/", StringComparison.Ordinal) || part.StartsWith("users/", StringComparison.Ordinal) || part.StartsWith("pages/users/", StringComparison.Ordinal) || part.StartsWith("products/", StringComparison.Ordinal)
        || (part.StartsWith("visitors/", StringComparison.Ordinal) && part != "visitors/index");

    private static void AssertRefused(Dictionary<string, ReadOnlyMemory<byte>> parts) =>
        Assert.Throws<DamagedFormatException>(() => new PartitionOperators(RandomEntries.Roomy).Restore(1, parts));

    private static Dictionary<string, ReadOnlyMemory<byte>> PartsOf(LogEntry[] log, OperatorOptions options)
    {
        var checkpointed = new CheckpointedOperators(options);
        Array.ForEach(log, entry => checkpointed.Process(entry));
        checkpointed.Capture();
        return new(checkpointed.Parts);
    }
}
