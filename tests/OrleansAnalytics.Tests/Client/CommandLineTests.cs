using OrleansAnalytics.Cli;
using Xunit;

namespace OrleansAnalytics.Tests.Client;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("ingest")]
    [InlineData("ingest", "a.csv", "--speed", "0")]
    [InlineData("ingest", "-", "--loop")]
    [InlineData("journey", "1", "--from", "soon")]
    [InlineData("report", "brands", "--json", "--csv")]
    [InlineData("status", "--url", "nowhere")]
    [InlineData("dead-letters", "replay")]
    [InlineData("dead-letters", "replay", "0-1", "--all")]
    [InlineData("dead-letters", "replay", "0-1", "--reason", "bad_time")]
    [InlineData("dead-letters", "replay", "0-1", "0-2", "--with", "-")]
    [InlineData("dead-letters", "drop", "--yes")]
    [InlineData("dead-letters", "drop", "--yes", "--all")]
    [InlineData("dead-letters", "drop", "--yes", "0-1", "--reason", "bad_time")]
    [InlineData("load", "--rate", "1000")]
    [InlineData("load", "--rate", "0", "--duration", "1s")]
    [InlineData("load", "--rate", "1000", "--duration", "1")]
    [InlineData("load", "--rate", "1000", "--duration", "0s")]
    [InlineData("load", "--rate", "1000", "--duration", "1s", "--format", "csv")]
    [InlineData("load", "--rate", "1000", "--duration", "1s", "--connections", "0")]
    [InlineData("no-such-verb")]
    [InlineData("generate", "--events", "0", "-o", "-")]
    public async Task A_wrong_command_line_ends_with_two(params string[] args) => Assert.Equal(CommandLine.Usage, await CommandLine.RunAsync(args));

    [Fact]
    public async Task A_file_that_cannot_be_read_ends_with_one() =>
        Assert.Equal(CommandLine.Failed, await CommandLine.RunAsync(["ingest", "/no/such/file.csv"]));

    [Fact]
    public async Task Generate_writes_the_file_and_ends_with_zero()
    {
        var file = Path.Combine(Path.GetTempPath(), $"generate-{Guid.NewGuid():n}.csv");
        try
        {
            Assert.Equal(CommandLine.Success, await CommandLine.RunAsync(["generate", "--events", "10", "--seed", "3", "-o", file]));
            Assert.Equal(11, (await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)).Length);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Every_verb_has_examples() =>
        Assert.All(CommandLine.Root().Subcommands, verb => Assert.Contains("orleans-analytics " + verb.Name, verb.Description, StringComparison.Ordinal));
}
