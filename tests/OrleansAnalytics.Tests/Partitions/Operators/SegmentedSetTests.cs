using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

public sealed class SegmentedSetTests
{
    private static readonly Gen<(int Kind, int Value)[]> Steps = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 30]).Array[0, 80];

    [Fact]
    public void A_set_is_what_a_plain_list_is_whenever_it_is_stored_and_read() =>
        Gen.Select(Steps, Gen.Int[1, 5]).Sample((steps, segmentSize) =>
        {
            var set = new SegmentedSet<ulong>("set", segmentSize);
            var model = new Model(segmentSize);
            var parts = new Dictionary<string, ReadOnlyMemory<byte>> { ["set2/0"] = new byte[] { 99 }, ["set/index"] = new byte[] { 99 } };
            foreach (var (kind, value) in steps)
            {
                switch (kind)
                {
                    case 0:
                        set.ForgetOldest(1 + (value % 12));
                        model.ForgetOldest(1 + (value % 12));
                        break;
                    case 1:
                        Capture(set, parts);
                        Assert.Equal(model.PartNames, parts.Keys.Where(part => part != "set2/0" && part != "set/index").Order(StringComparer.Ordinal));
                        break;
                    case 2:
                        Capture(set, parts);
                        set = new SegmentedSet<ulong>("set", segmentSize);
                        set.Add(777);
                        set.Restore(parts);
                        break;
                    default:
                        Assert.Equal(model.Add((ulong)value), set.Add((ulong)value));
                        break;
                }

                Assert.Equal(model.Ids.Order(), set.Members.Order());
                Assert.Equal((model.Ids.Count, model.Ids.Contains((ulong)value)), (set.Count, set.Contains((ulong)value)));
            }
        }, iter: 2_000);

    [Fact]
    public void A_capture_holds_only_the_segments_that_grew()
    {
        var set = new SegmentedSet<ulong>("set", 2);
        for (ulong id = 0; id < 5; id++)
        {
            set.Add(id);
        }

        Assert.Equal(["set/0", "set/1", "set/2"], Captured(set));
        Assert.Empty(Captured(set));
        set.Add(5);
        Assert.Equal(["set/2"], Captured(set));
        set.Add(5);
        Assert.Empty(Captured(set));
        set.Add(6);
        Assert.Equal(["set/3"], Captured(set));
    }

    [Fact]
    public void A_set_that_is_dropped_leaves_no_part_behind() =>
        Gen.Select(Steps, Gen.Int[1, 5]).Sample((steps, segmentSize) =>
        {
            var set = new SegmentedSet<ulong>("set", segmentSize);
            var parts = new Dictionary<string, ReadOnlyMemory<byte>>();
            foreach (var (kind, value) in steps)
            {
                switch (kind)
                {
                    case 0:
                        set.ForgetOldest(1);
                        break;
                    case 1:
                        Capture(set, parts);
                        break;
                    default:
                        set.Add((ulong)value);
                        break;
                }
            }

            var image = new OperatorImage();
            set.RemoveFrom(image);
            Assert.Empty(image.Changed);
            foreach (var name in image.Removed)
            {
                parts.Remove(name);
            }

            Assert.Empty(parts);
        });

    /// <summary>Under the hash codes of <see cref="EventId"/> and of numbers all of these would be in one bucket.</summary>
    [Fact]
    public void Ids_that_were_chosen_to_share_a_bucket_do_not()
    {
        var chosen = Enumerable.Range(1, 10_000).Select(number => (ulong)number).ToArray();

        Assert.InRange(chosen.Select(number => KeyedHash<EventId>.Instance.GetHashCode(new EventId(number, number << 32))).Distinct().Count(), 9_900, 10_000);
        Assert.InRange(chosen.Select(number => KeyedHash<ulong>.Instance.GetHashCode((number << 32) | number)).Distinct().Count(), 9_900, 10_000);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 2, 1, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 1 })]
    [InlineData(new byte[] { 1, 1, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 1, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0 })]
    public void What_is_no_segment_is_refused(byte[] stored)
    {
        var set = new SegmentedSet<ulong>("set", 2);
        Assert.Throws<DamagedFormatException>(() => set.Restore(new Dictionary<string, ReadOnlyMemory<byte>> { ["set/0"] = stored }));
    }

    private static IEnumerable<string> Captured(SegmentedSet<ulong> set)
    {
        var image = new OperatorImage();
        set.Capture(image);
        return image.Changed.Keys.Order(StringComparer.Ordinal);
    }

    private static void Capture(SegmentedSet<ulong> set, Dictionary<string, ReadOnlyMemory<byte>> parts)
    {
        var image = new OperatorImage();
        set.Capture(image);
        foreach (var name in image.Removed)
        {
            parts.Remove(name);
        }

        foreach (var (name, part) in image.Changed)
        {
            parts[name] = part;
        }
    }

    /// <summary>The ids in the order they came; the n-th id added belongs to segment n / size.</summary>
    private sealed class Model(int segmentSize)
    {
        private int _added;
        private readonly List<(ulong Id, int Segment)> _ids = [];

        public List<ulong> Ids => _ids.ConvertAll(one => one.Id);

        public IEnumerable<string> PartNames => _ids.Select(one => $"set/{one.Segment}").Distinct().Order(StringComparer.Ordinal);

        public bool Add(ulong id)
        {
            if (_ids.Any(one => one.Id == id))
            {
                return false;
            }

            _ids.Add((id, _added++ / segmentSize));
            return true;
        }

        public void ForgetOldest(int keep)
        {
            while (_ids.Count > 0 && _ids.Count(one => one.Segment != _ids[0].Segment) >= keep)
            {
                var oldest = _ids[0].Segment;
                _ids.RemoveAll(one => one.Segment == oldest);
            }
        }
    }
}
