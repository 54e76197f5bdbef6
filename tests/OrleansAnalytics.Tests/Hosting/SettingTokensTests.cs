using OrleansAnalytics.Hosting;
using Xunit;

namespace OrleansAnalytics.Tests.Hosting;

public sealed class SettingTokensTests
{
    [Theory]
    [InlineData]
    [InlineData("--Partitions:ChunkBytes", "4096")]
    [InlineData("--partitions:chunkbytes=4096", "--Log:Partitions", "4")]
    [InlineData("--Log:Kafka:Topic", "shop")]
    public void Known_settings_are_taken(params string[] tokens) => Assert.Empty(SettingTokens.Errors(tokens));

    [Theory]
    [InlineData("'evnts' is no option", "--evnts", "5")]
    [InlineData("there is no section Partition;", "--Partition:ChunkBytes", "5")]
    [InlineData("Partitions has no ChunkBites;", "--Partitions:ChunkBites", "5")]
    [InlineData("--Log:Partitions needs a value", "--Log:Partitions")]
    public void Misspelt_settings_are_refused_by_name(string expected, params string[] tokens) =>
        Assert.Contains(SettingTokens.Errors(tokens), error => error.StartsWith(expected, StringComparison.Ordinal));
}
