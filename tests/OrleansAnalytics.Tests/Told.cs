using System.Diagnostics;
using System.Globalization;

namespace OrleansAnalytics.Tests;

/// <summary>What whoever runs the tests tells them by environment variables: seeds, rates, how long.</summary>
internal static class Told
{
    /// <summary>The text, or null if there is none.</summary>
    public static string? Text(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } told ? told : null;

    /// <summary>The seed that is to be repeated, or one of this run's own.</summary>
    public static int Seed(string variable) => Number(variable) is > 0 and var told ? told : (int)(Stopwatch.GetTimestamp() & 0xFFFF);

    /// <summary>The number, or null if there is none.</summary>
    public static int? Number(string variable) => Text(variable) is { } told ? int.Parse(told, CultureInfo.InvariantCulture) : null;
}
