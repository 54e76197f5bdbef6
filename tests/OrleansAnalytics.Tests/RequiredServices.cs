using Xunit;

namespace OrleansAnalytics.Tests;

/// <summary>Services that tests run against and that may not be installed: <c>tests/services</c> installs them.</summary>
internal static class RequiredServices
{
    private static readonly string[] Variables = ["CI", "ORLEANS_ANALYTICS_REQUIRE_SERVICES"];

    /// <summary>The folders where programs are looked for.</summary>
    public static IEnumerable<string> Folders => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Skips the test where a service is not installed, and fails it where services must be there (<c>CI</c>, <c>ORLEANS_ANALYTICS_REQUIRE_SERVICES</c>).</summary>
    /// <param name="installed">Whether it is.</param>
    /// <param name="otherwise">What is missing and what installs it.</param>
    public static void Need(bool installed, string otherwise)
    {
        if (!installed)
        {
            Assert.False(Variables.Any(variable => Environment.GetEnvironmentVariable(variable) is "1" or "true"), otherwise);
            Assert.Skip(otherwise);
        }
    }
}
