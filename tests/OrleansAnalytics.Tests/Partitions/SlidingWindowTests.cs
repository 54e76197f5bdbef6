using CsCheck;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class SlidingWindowTests
{
    [Fact]
    public async Task No_more_calls_are_under_way_than_allowed_and_answers_come_in_the_order_of_the_calls() =>
        await Gen.Select(Gen.Int[1, 5], Gen.Int[0, 20], Gen.Int).SampleAsync(
            (limit, calls, seed) => OneAtATime.RunAsync(async () =>
            {
                var random = new Random(seed);
                var pending = Enumerable.Range(0, calls).Select(_ => new TaskCompletionSource<int>()).ToList();
                var unanswered = new List<int>();
                var (answered, most) = (new List<(int Item, int Answer)>(), 0);
                var window = new SlidingWindow<int, int>(limit, (item, answer) => answered.Add((item, answer)));
                var adding = AddAllAsync();
                for (var turns = 0; !adding.IsCompleted; turns++)
                {
                    Assert.True(turns < 10_000, "the window waits though every call was answered");
                    if (unanswered.Count == 0)
                    {
                        await Task.Yield();
                        continue;
                    }

                    // Whichever call answers: the window asks for the next only when the oldest is back.
                    var one = unanswered[random.Next(unanswered.Count)];
                    unanswered.Remove(one);
                    pending[one].SetResult(one * 10);
                }

                await adding;
                Assert.Equal(Enumerable.Range(0, calls).Select(item => (item, item * 10)), answered);
                Assert.Equal(Math.Min(limit, calls), most);

                async Task AddAllAsync()
                {
                    for (var item = 0; item < calls; item++)
                    {
                        unanswered.Add(item);
                        most = Math.Max(most, item + 1 - answered.Count);
                        await window.AddAsync(item, new ValueTask<int>(pending[item].Task));
                    }

                    await window.DrainAsync();
                }
            }),
            iter: 200,
            threads: 1);

    [Fact]
    public async Task Draining_waits_for_all_and_throws_the_first_failure()
    {
        var last = new TaskCompletionSource<int>();
        var answered = new List<int>();
        var window = new SlidingWindow<int, int>(10, (item, answer) =>
        {
            answered.Add(item);
            if (answer == 13)
            {
                throw new InvalidOperationException("refused");
            }
        });
        await window.AddAsync(0, new ValueTask<int>(13));
        await window.AddAsync(1, ValueTask.FromException<int>(new TimeoutException("failed")));
        await window.AddAsync(2, new ValueTask<int>(last.Task));
        var draining = window.DrainAsync().AsTask();
        Assert.False(draining.IsCompleted, "a call is still under way");
        last.SetResult(1);
        Assert.Equal("refused", (await Assert.ThrowsAsync<InvalidOperationException>(() => draining)).Message);
        Assert.Equal([0, 2], answered);
        await window.DrainAsync();
    }

    [Fact]
    public async Task A_full_window_throws_what_the_oldest_call_failed_with()
    {
        var window = new SlidingWindow<int, int>(2, (_, _) => { });
        await window.AddAsync(0, ValueTask.FromException<int>(new TimeoutException("failed")));
        await Assert.ThrowsAsync<TimeoutException>(() => window.AddAsync(1, new ValueTask<int>(1)).AsTask());
        await window.DrainAsync();
    }
}
