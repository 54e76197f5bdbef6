using System.Buffers;
using System.Text;
using CsCheck;
using OrleansAnalytics.Events;
using OrleansAnalytics.Formats;
using Xunit;

namespace OrleansAnalytics.Tests.Events;

public sealed class CompactIdTests
{
    /// <summary>Numbers of all lengths, numbers that are written otherwise, and other texts.</summary>
    private static readonly Gen<string> Ids = Gen.OneOf(
        Gen.ULong[0, 1_000_000_000_000_000_000].Select(number => $"{number}"),
        Gen.ULong[0, 120].Select(number => $"{number}"),
        Gen.Int[0, 200].Select(number => $"{number:000}"),
        Gen.String[Gen.Char["019a- ٣"], 0, 20]);

    [Fact]
    public void An_id_is_its_text() => Ids.Sample(text =>
    {
        var id = new CompactId(text);
        Assert.Equal(text, id.ToString());
        Assert.Equal(Written((ref writer) => writer.Text(text)), Written((ref writer) => id.WriteTo(writer)));
    });

    [Fact]
    public void Ids_are_equal_and_in_order_like_their_texts() => Gen.Select(Ids, Ids).Sample((left, right) =>
    {
        var (one, other) = (new CompactId(left), new CompactId(right));
        Assert.Equal(left == right, one == other);
        Assert.True(one != other || one.GetHashCode() == other.GetHashCode());
        Assert.Equal(Math.Sign(string.CompareOrdinal(left, right)), Math.Sign(CompactId.CompareOrdinal(one, other)));
    }, iter: 20_000);

    [Fact]
    public void A_number_is_one_in_characters_and_in_UTF_8() => Ids.Sample(text =>
    {
        var expected = ulong.TryParse(text, out var parsed) && $"{parsed}" == text && text.Length <= 18;
        Assert.Equal((expected, expected ? parsed : 0), (CompactId.TryNumber(text, out var ofCharacters), ofCharacters));
        Assert.Equal((expected, expected ? parsed : 0), (CompactId.TryNumber(Encoding.UTF8.GetBytes(text), out var ofBytes), ofBytes));
    });

    private delegate void Writes(ref FormatWriter writer);

    private static byte[] Written(Writes write)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new FormatWriter(output);
        write(ref writer);
        return output.WrittenSpan.ToArray();
    }
}
