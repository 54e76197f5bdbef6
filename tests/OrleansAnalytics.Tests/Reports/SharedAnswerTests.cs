using Microsoft.Extensions.Time.Testing;
using OrleansAnalytics.Reports;
using Xunit;

namespace OrleansAnalytics.Tests.Reports;

public sealed class SharedAnswerTests
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromMilliseconds(250);

    private readonly FakeTimeProvider _time = new();
    private readonly List<TaskCompletionSource<int>> _computations = [];

    [Fact]
    public async Task Callers_WithinTheAge_ShareOneComputation()
    {
        var shared = Shared(MaxAge);
        var first = shared.GetAsync();
        var second = shared.GetAsync();
        _computations[0].SetResult(7);
        _time.Advance(MaxAge);

        Assert.Equal(new[] { 7, 7, 7 }, await Task.WhenAll(first, second, shared.GetAsync()));
        Assert.Single(_computations);
    }

    [Fact]
    public async Task Caller_AfterTheAge_GetsANewAnswer()
    {
        var shared = Shared(MaxAge);
        var first = shared.GetAsync();
        _computations[0].SetResult(7);
        Assert.Equal(7, await first);

        _time.Advance(MaxAge + TimeSpan.FromTicks(1));
        var second = shared.GetAsync();
        _computations[1].SetResult(8);

        Assert.Equal(8, await second);
    }

    [Fact]
    public async Task Callers_DuringASlowComputation_WaitAndShareTheNext()
    {
        var shared = Shared(TimeSpan.Zero);
        var first = shared.GetAsync();
        _time.Advance(MaxAge);
        var second = shared.GetAsync();
        var third = shared.GetAsync();
        Assert.Single(_computations);

        _time.Advance(MaxAge);
        _computations[0].SetResult(7);
        Assert.Equal(7, await first);
        _time.Advance(MaxAge);
        Assert.Equal(2, _computations.Count);
        _computations[1].SetResult(8);

        Assert.Equal(new[] { 8, 8 }, await Task.WhenAll(second, third));
        Assert.Equal(2, _computations.Count);
    }

    [Fact]
    public async Task Failure_IsForThoseWhoWaited_AndTheNextCallerTriesAgain()
    {
        var shared = Shared(MaxAge);
        var first = shared.GetAsync();
        var second = shared.GetAsync();
        _computations[0].SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => first);
        await Assert.ThrowsAsync<TimeoutException>(() => second);

        var third = shared.GetAsync();
        _computations[1].SetResult(8);

        Assert.Equal(8, await third);
    }

    [Fact]
    public async Task Failure_OfAnAnswerTooOldToShare_IsNotForThoseWhoCameLater()
    {
        var shared = Shared(MaxAge);
        var first = shared.GetAsync();
        _time.Advance(2 * MaxAge);
        var second = shared.GetAsync();
        _computations[0].SetException(new TimeoutException());
        await Assert.ThrowsAsync<TimeoutException>(() => first);
        _computations[1].SetResult(8);

        Assert.Equal(8, await second);
    }

    private SharedAnswer<int> Shared(TimeSpan maxAge) => new(
        () =>
        {
            // Continuations run inline, as on one scheduler, so that the order of events is the test's.
            _computations.Add(new TaskCompletionSource<int>());
            return _computations[^1].Task;
        },
        maxAge,
        _time);
}
