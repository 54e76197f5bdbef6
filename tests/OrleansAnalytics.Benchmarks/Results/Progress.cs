namespace OrleansAnalytics.Benchmarks.Results;

/// <summary>Where those who wait are told how far it is.</summary>
internal static class Progress
{
    public static void Tell(string line) => Console.Error.WriteLine(line);
}
