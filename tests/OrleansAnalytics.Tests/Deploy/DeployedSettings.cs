using OrleansAnalytics.Hosting;
using Xunit;

namespace OrleansAnalytics.Tests.Deploy;

/// <summary>What the files of <c>deploy</c> tell a silo must be what it understands: a misspelt setting would be a default in production.</summary>
internal static class DeployedSettings
{
    /// <summary>Checks the name of a setting as an environment variable: <c>Log__Partitions</c>.</summary>
    public static void Check(string variable)
    {
        if (variable != SiloSettings.ApiKeyVariable)
        {
            Assert.Empty(SettingTokens.Errors([$"--{variable.Replace("__", ":", StringComparison.Ordinal)}=1"]));
        }
    }

    /// <summary>Checks the arguments of a silo.</summary>
    public static void CheckArguments(IEnumerable<string> arguments)
    {
        var parsed = SiloCommandLine.Create().Parse([.. arguments]);
        Assert.Empty(parsed.Errors);
        Assert.Empty(SettingTokens.Errors(parsed.UnmatchedTokens));
    }
}
