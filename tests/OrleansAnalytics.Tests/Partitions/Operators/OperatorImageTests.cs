using System.Buffers;
using CsCheck;
using OrleansAnalytics.Partitions.Operators;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions.Operators;

public sealed class OperatorImageTests
{
    [Fact]
    public void Holds_what_was_put_last_under_each_name_however_often_its_memory_grows() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[-1, 90_000], Gen.Byte).Array[0, 12].Sample(steps =>
        {
            var image = new OperatorImage();
            var parts = new Dictionary<string, byte[]>();
            var removed = new HashSet<string>();
            foreach (var (name, length, fill) in steps)
            {
                var part = $"part/{name}";
                if (length < 0)
                {
                    image.Remove(part);
                    parts.Remove(part);
                    removed.Add(part);
                    continue;
                }

                byte[] bytes = [.. Enumerable.Repeat(fill, length)];
                image.Put(part, output => output.Write(bytes));
                parts[part] = bytes;
                removed.Remove(part);
            }

            Assert.Equal(parts.OrderBy(part => part.Key), image.Changed.Select(part => KeyValuePair.Create(part.Key, part.Value.ToArray())).OrderBy(part => part.Key));
            Assert.Equal(removed.Order(), image.Removed.Order());
            image.Release();
            Assert.Empty(image.Changed);
            Assert.Empty(image.Removed);
        });
}
