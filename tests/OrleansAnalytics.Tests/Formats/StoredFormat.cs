using System.Reflection;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Formats;

/// <summary>One stored or wire format: what this program writes, and how it reads what any version wrote.</summary>
/// <param name="Name">The name of its fixtures.</param>
/// <param name="Versions">The version constants that are in its bytes, as <c>Type.Constant</c>.</param>
/// <param name="Write">Always the same content, as the current version writes it: pieces by name, in an order that is always the same.</param>
/// <param name="Read">Reads the pieces of a fixture and asserts the content.</param>
internal sealed record StoredFormat(
    string Name, string[] Versions, Func<Task<IReadOnlyList<Piece>>> Write, Func<IReadOnlyList<Piece>, Task> Read)
{
    /// <summary>The program's own constants that number versions: byte constants whose name ends in <c>Version</c>.</summary>
    public static IReadOnlyDictionary<string, int> Constants { get; } = new[] { typeof(IEntityGrain).Assembly, typeof(PartitionGrain).Assembly, typeof(RocksDbStateStore).Assembly }
        .SelectMany(assembly => assembly.GetTypes())
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => field.IsLiteral && field.FieldType == typeof(byte) && field.Name.EndsWith("Version", StringComparison.Ordinal))
        .ToDictionary(field => $"{field.DeclaringType!.Name.Split('`')[0]}.{field.Name}", field => Convert.ToInt32(field.GetRawConstantValue(), System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Rises by one with each version constant that is raised by one.</summary>
    public int Version => 1 + Versions.Sum(constant => Constants[constant] - 1);

    /// <summary>The fixture of a version, as a path from the repository's root.</summary>
    public string Fixture(int version) => $"tests/OrleansAnalytics.Tests/Formats/Fixtures/{Name}.v{version}.txt";
}

/// <summary>Bytes with a name: a record, or one file.</summary>
internal sealed record Piece(string Name, byte[] Bytes)
{
    private const int BytesOfALine = 32;

    /// <summary>Pieces as text: a name in a line, bytes as hexadecimal in indented lines under it.</summary>
    public static string ToText(IEnumerable<Piece> pieces) => string.Concat(pieces.Select(piece =>
        piece.Name + "\n" + string.Concat(piece.Bytes.Chunk(BytesOfALine).Select(line => $"  {Convert.ToHexStringLower(line)}\n"))));

    public static IReadOnlyList<Piece> FromText(string text)
    {
        var pieces = new List<Piece>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("  ", StringComparison.Ordinal))
            {
                pieces[^1] = pieces[^1] with { Bytes = [.. pieces[^1].Bytes, .. Convert.FromHexString(line.Trim())] };
            }
            else
            {
                pieces.Add(new Piece(line, []));
            }
        }

        Assert.NotEmpty(pieces);
        return pieces;
    }
}
