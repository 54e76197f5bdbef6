using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.House;
using Xunit;

namespace OrleansAnalytics.Tests.Formats;

/// <summary>
/// What was ever stored stays readable. With <c>ORLEANS_ANALYTICS_WRITE_FIXTURES=1</c> in the environment the fixtures that are missing are written; those that
/// are there are never touched: a format that changes gets a new version.
/// </summary>
public sealed class FormatTests
{
    public const string WriteVariable = "ORLEANS_ANALYTICS_WRITE_FIXTURES";

    public static TheoryData<string> Formats => [.. StoredFormats.All.Select(format => format.Name)];

    public static TheoryData<string, int> Versions => [.. StoredFormats.All.SelectMany(format => Enumerable.Range(1, format.Version).Select(version => (format.Name, version)))];

    [Fact]
    public void Every_version_constant_belongs_to_a_format() =>
        Assert.Equal(StoredFormat.Constants.Keys.Order(), StoredFormats.All.SelectMany(format => format.Versions).Distinct().Order());

    [Fact]
    public void Every_state_that_knows_its_stored_form_belongs_to_a_format()
    {
        var states = typeof(IStoredState).Assembly.GetTypes().Concat(typeof(RocksDbStateStore).Assembly.GetTypes())
            .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IStoredState)))

            // It keeps the bytes of another state as they are.
            .Where(type => type.Name != "StoredBytes")
            .Select(type => $"{type.Name.Split('`')[0]}.FormatVersion").ToList();
        Assert.True(states.Count >= 6, "states");
        Assert.Empty(states.Except(StoredFormats.All.SelectMany(format => format.Versions)));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task What_is_written_now_is_the_fixture_of_its_version(string name)
    {
        var format = Named(name);
        var path = format.Fixture(format.Version);
        var now = Piece.ToText(WithoutETags(await format.Write()));
        if (!Repository.Has(path) && Environment.GetEnvironmentVariable(WriteVariable) == "1")
        {
            using var created = new StreamWriter(new FileStream(Path.Combine(Repository.Root, path), FileMode.CreateNew));
            await created.WriteAsync(now);
        }

        Assert.True(Repository.Has(path), $"{path} is missing: run the tests with {WriteVariable}=1 and add the file");
        var fixture = Repository.Read(path);
        Assert.True(fixture == now, $"{name} is written differently from {path}: raise its version ({string.Join(", ", format.Versions)}) and keep reading the old one.\n--- fixture\n{fixture}\n--- now\n{now}");
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Every_version_is_read(string name, int version)
    {
        var format = Named(name);
        await format.Read(WithETags(Piece.FromText(Repository.Read(format.Fixture(version)))));
    }

    [Fact]
    public void Every_fixture_belongs_to_a_version() => Assert.Equal(
        Versions.Select(row => Named(row.Data.Item1).Fixture(row.Data.Item2)).Order(),
        Repository.Files(".txt").Where(file => file.Contains("/Formats/Fixtures/", StringComparison.Ordinal)).Order());

    private static StoredFormat Named(string name) => StoredFormats.All.Single(format => format.Name == name);

    /// <summary>How an ETag comes about is no part of the format: fixtures have none.</summary>
    private static IEnumerable<Piece> WithoutETags(IEnumerable<Piece> pieces) => pieces.Select(piece => HasETag(piece) ? piece with { Bytes = ETag(piece.Bytes, 0) } : piece);

    private static IReadOnlyList<Piece> WithETags(IEnumerable<Piece> pieces) => [.. pieces.Select(piece => HasETag(piece) ? piece with { Bytes = ETag(piece.Bytes, 1) } : piece)];

    private static bool HasETag(Piece piece) =>
        piece.Name.StartsWith(RocksDbStateStore.Entities + " ", StringComparison.Ordinal)
        || (piece.Name.StartsWith(RocksDbStateStore.Checkpoints + " ", StringComparison.Ordinal) && piece.Name.EndsWith("00", StringComparison.Ordinal) && piece.Name.Length == RocksDbStateStore.Checkpoints.Length + 11);

    private static byte[] ETag(byte[] bytes, byte low) => [bytes[0], low, 0, 0, 0, 0, 0, 0, 0, .. bytes[9..]];
}
