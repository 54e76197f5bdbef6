namespace OrleansAnalytics.Tests.Partitions;

/// <summary>Runs a test as a grain runs: one piece at a time, and what is awaited goes on in between.</summary>
internal static class OneAtATime
{
    public static Task RunAsync(Func<Task> body) =>
        Task.Factory.StartNew(body, CancellationToken.None, TaskCreationOptions.None, new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler).Unwrap();

    /// <summary>Lets others go on until <paramref name="condition"/> holds.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        for (var turns = 0; !condition(); turns++)
        {
            Xunit.Assert.True(turns < 1_000_000, $"waited for {what}");
            await Task.Yield();
        }
    }
}
