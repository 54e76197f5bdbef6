using System.Diagnostics;
using Xunit;

namespace OrleansAnalytics.Tests;

/// <summary>The one place where end-to-end tests wait: until a condition holds, and no longer than a deadline that says what it waited for.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks until the answer is good, and answers it. A question that fails, as during a failover, is asked again.</summary>
    /// <param name="ask">The question.</param>
    /// <param name="good">Whether its answer is what is waited for.</param>
    /// <param name="waitedFor">What that is, in words.</param>
    public static async Task<T> IsAsync<T>(Func<Task<T>> ask, Predicate<T> good, string waitedFor)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            object? last;
            try
            {
                var answer = await ask();
                if (good(answer))
                {
                    return answer;
                }

                last = answer;
            }
            catch (Exception exception) when (exception is not Xunit.Sdk.XunitException && !TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                last = exception;
            }

            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new TimeoutException($"Waited {Patience.TotalSeconds} s for {waitedFor}; the last answer was {(last is System.Collections.IEnumerable many and not string ? string.Join("; ", many.Cast<object>()) : last)}");
            }

            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until the condition holds.</summary>
    public static Task TrueAsync(Func<Task<bool>> condition, string waitedFor) => IsAsync(condition, holds => holds, waitedFor);
}
