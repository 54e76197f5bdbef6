using System.Text.RegularExpressions;
using Xunit;

namespace OrleansAnalytics.Tests.House;

public sealed partial class SourceFileTests
{
    private const int MostLinesOfAFile = 300;
    private const int MostLinesOfAMethod = 70;
    private static readonly string[] NamelessFolders = ["Common", "Utils", "Helpers", "Shared", "Services", "Models", "Misc"];

    [Fact]
    public void No_file_is_longer_than_300_lines() =>
        Assert.Empty(Sources().Where(file => Lines(file).Length > MostLinesOfAFile).Select(file => $"{file}: {Lines(file).Length} lines"));

    [Fact]
    public void No_method_is_longer_than_70_lines() =>
        Assert.Empty(Sources().SelectMany(file => Members(Lines(file)).Where(member => member.Length > MostLinesOfAMethod).Select(member => $"{file}:{member.Line} has {member.Length} lines")));

    [Fact]
    public void Methods_are_found()
    {
        string[] source =
        [
            "/// <summary>Says; something.</summary>", "public sealed class A", "    where T : class", "{", "    [Fact]", "    public void Long()", "    {",
            "        if (x)", "        {", "        }", "    }", "", "    private static string Name(int one) => one switch", "    {", "        1 => \"\",", "    };", "",
            "    private sealed record Inner", "    {", "        public int Get()", "        {", "            return 1;", "        }", "    }", "}",
        ];
        Assert.Equal([(5, 7), (13, 4), (20, 4)], Members(source));
    }

    [Fact]
    public void Folders_are_named_after_what_they_are_about() =>
        Assert.DoesNotContain(Sources(), file => file.Split('/').SkipLast(1).Any(folder => NamelessFolders.Contains(folder, StringComparer.OrdinalIgnoreCase)));

    [Fact]
    public void Nothing_is_left_to_be_done_later() =>
        Assert.DoesNotContain(Sources(), file => LeftOver().IsMatch(Repository.Read(file)) && !file.EndsWith($"/{nameof(SourceFileTests)}.cs", StringComparison.Ordinal));

    private static IEnumerable<string> Sources() => Repository.Files(".cs");

    private static string[] Lines(string file) => Repository.Read(file).TrimEnd('\n').Split('\n');

    /// <summary>
    /// The members with a body, by their first line (from 1) and their number of lines. Braces stand on lines of their own here (the build insists on
    /// it), so a body is what lies between two lines of equal depth; it is a member if what encloses it is a type.
    /// </summary>
    private static List<(int Line, int Length)> Members(string[] lines)
    {
        var members = new List<(int, int)>();
        var types = new Stack<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (types.Count > 0 && lines[i].StartsWith(types.Peek() + "}", StringComparison.Ordinal))
            {
                types.Pop();
            }

            if (lines[i].Trim() != "{")
            {
                continue;
            }

            var indent = lines[i][..lines[i].IndexOf('{', StringComparison.Ordinal)];
            var header = HeaderOf(lines, i);
            if (lines[header..i].Any(line => TypeHeader().IsMatch(line)))
            {
                types.Push(indent);
            }
            else if (types.Count > 0)
            {
                var end = Array.FindIndex(lines, i, line => line.StartsWith(indent + "}", StringComparison.Ordinal));
                members.Add((header + 1, end - header + 1));
                i = end;
            }
        }

        return members;
    }

    private static int HeaderOf(string[] lines, int brace)
    {
        var header = brace;
        while (header > 0 && lines[header - 1].Trim() is { Length: > 0 } before && !before.StartsWith("//", StringComparison.Ordinal) && before[^1] is not ('{' or '}' or ';'))
        {
            header--;
        }

        return header;
    }

    [GeneratedRegex(@"^\s*((public|internal|private|protected|file|static|sealed|abstract|partial|readonly|ref|unsafe)\s+)*(class|struct|interface|enum|record|namespace)\s+\w")]
    private static partial Regex TypeHeader();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|NotImplementedException)\b|Thread\.Sleep\(")]
    private static partial Regex LeftOver();
}
