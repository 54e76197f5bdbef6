using System.Text;
using CsCheck;
using OrleansAnalytics.Ingest;
using Xunit;

namespace OrleansAnalytics.Tests.Ingest;

public sealed class FramingTests
{
    private const int Max = 20;
    private const int Kept = 8;

    private static readonly Gen<int[]> Sizes = Gen.Int[1, 30].Array[1, 8];

    [Fact]
    public void Lines_are_the_same_whatever_the_pieces_and_like_those_of_a_split() =>
        Gen.Select(Gen.String[Gen.OneOf<char>('a', 'b', ' ', '\r', '\n', '"'), 0, 120], Sizes).Sample((text, sizes) =>
        {
            var lines = text.Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line);
            var expected = lines.Where(line => line.Trim(' ', '\t', '\r').Length > 0).Select(line => line.Length <= Max ? line : "!" + line[..Kept]);
            Assert.Equal(expected, Frames(new LineFraming(Max, Kept), text, sizes));
        });

    [Fact]
    public void A_long_line_between_good_ones_is_cut_and_skipped()
    {
        var text = $"good\n{new string('x', 5000)}\r\nfine";
        Assert.Equal(["good", "!xxxxxxxx", "fine"], Frames(new LineFraming(Max, Kept), text, [7]));
    }

    [Fact]
    public void Elements_are_the_same_whatever_the_pieces() =>
        Gen.Select(
            Gen.OneOf<string>("{}", "{\"a\":\"x,]}\"}", "{\"a\":\"\\\"}\"}", "17", "\"a\\\\\"", "{\"a\":[{},[1]]}", "{\"long\":\"0123456789\"}", "{]", "nonsense").Array[0, 8],
            Gen.OneOf<string>("", " ", "\n", "\r\n  ").Array[1, 4],
            Sizes).Sample((elements, spaces, sizes) =>
        {
            var text = new StringBuilder("[");
            for (var i = 0; i < elements.Length; i++)
            {
                text.Append(i == 0 ? "" : ",").Append(spaces[i % spaces.Length]).Append(elements[i]);
            }

            text.Append(']').Append(spaces[0]);
            var expected = elements.Select(e => e.Length <= Max ? e : "!" + e[..Kept]);
            Assert.Equal(expected, Frames(new JsonFraming(Max, Kept), text.ToString(), sizes));
        });

    [Theory]
    [InlineData("{\"a\":1}", "{\"a\":1}")]
    [InlineData("{\n\"a\":1\n}\n{}{}", "{\n\"a\":1\n}|{}|{}")]
    [InlineData(" [ ] ", "")]
    [InlineData("[{},,{},]", "{}|{}")]
    [InlineData("[{}", "{}|?")]
    [InlineData("[{},{\"a\":1", "{}|?")]
    [InlineData("[{},{\"a\":\"b]", "{}|?")]
    [InlineData("[{}]x", "{}|?")]
    [InlineData("[{\"long\":\"0123456789abc", "!{\"long\":|?")]
    [InlineData("[{\"long\":\"0123456789abcdefgh\"},{}]", "!{\"long\":|{}")]
    [InlineData("{", "?")]
    [InlineData("", "")]
    public void Whole_and_broken_structures_are_told_apart(string text, string expected)
    {
        foreach (var sizes in new int[][] { [1], [3], [1000] })
        {
            var frames = Frames(new JsonFraming(Max, Kept), text, sizes);

            // Whether a broken end was long enough to be cut first depends on nothing but its length.
            Assert.Equal(expected, string.Join('|', frames));
        }
    }

    private static List<string> Frames(IRecordFraming framing, string text, int[] sizes)
    {
        var frames = new List<string>();
        using var buffer = new SourceBuffer(new PiecesStream(Encoding.UTF8.GetBytes(text), sizes));
        while (true)
        {
            var unread = buffer.Unread.Span;
            var frame = framing.Next(unread, buffer.IsLast);
            var shown = Encoding.UTF8.GetString(unread.Slice(frame.Start, frame.Length));
            buffer.Consume(frame.Consumed);
            switch (frame.Kind)
            {
                case FrameKind.Record:
                    frames.Add(shown);
                    break;
                case FrameKind.TooLong:
                    frames.Add("!" + shown);
                    break;
                case FrameKind.Broken:
                    frames.Add("?");
                    return frames;
                case FrameKind.NeedMore when buffer.IsLast:
                    return frames;
                default:
                    var filling = buffer.FillAsync(TestContext.Current.CancellationToken);
                    filling.AsTask().GetAwaiter().GetResult();
                    break;
            }
        }
    }
}
