using System.Collections.Concurrent;
using System.Threading.Channels;
using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>The thread behind each database, with a list instead of the database.</summary>
public sealed class GroupCommitterTests
{
    private static readonly TimeSpan TooLong = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_comes_while_the_thread_sleeps_wakes_it(bool waitsForRoom)
    {
        const int Requests = 2_000;
        var target = new Target();
        using var committer = Committer(target);
        for (var i = 0; i < Requests; i++)
        {
            // Each is answered before the next one comes, so the thread sleeps, or is about to.
            var request = new Request(0, i);
            if (waitsForRoom)
            {
                await committer.EnqueueAsync(request, TestContext.Current.CancellationToken);
            }
            else
            {
                Assert.True(committer.TryEnqueue(request));
            }

            await request.Done.WaitAsync(TooLong, TestContext.Current.CancellationToken);
        }

        Assert.Equal(Requests, target.Committed.Count);
    }

    [Fact]
    public async Task Requests_of_many_threads_are_committed_once_each_in_the_order_of_their_thread()
    {
        const int Threads = 6;
        const int Each = 3_000;
        var target = new Target();
        using (var committer = Committer(target, maxQueued: 16))
        {
            await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(async () =>
            {
                for (var i = 0; i < Each; i++)
                {
                    var request = new Request(thread, i);
                    if (!committer.TryEnqueue(request))
                    {
                        await committer.EnqueueAsync(request, TestContext.Current.CancellationToken);
                    }
                }
            })));
        }

        // Closing has waited for all of them.
        Assert.Equal(Threads * Each, target.Committed.Count);
        Assert.All(target.Committed.GroupBy(request => request.Thread), one => Assert.Equal(Enumerable.Range(0, Each), one.Select(request => request.Number)));
    }

    [Fact]
    public async Task Who_waits_for_room_comes_after_those_that_had_it()
    {
        var target = new Target { Gate = new TaskCompletionSource() };
        using var committer = Committer(target, maxQueued: 1);
        var first = new Request(0, 0);
        Assert.True(committer.TryEnqueue(first));
        await target.Staged.Task.WaitAsync(TooLong, TestContext.Current.CancellationToken);

        // The thread holds the first one; the second one fills the queue; the third one waits for room.
        var second = new Request(0, 1);
        Assert.True(committer.TryEnqueue(second));
        var third = new Request(0, 2);
        Assert.False(committer.TryEnqueue(third));
        var waits = committer.EnqueueAsync(third, TestContext.Current.CancellationToken);
        target.Gate.SetResult();
        await waits;
        await third.Done.WaitAsync(TooLong, TestContext.Current.CancellationToken);
        Assert.Equal([0, 1, 2], target.Committed.Select(request => request.Number));
    }

    [Fact]
    public async Task A_closed_committer_takes_nothing_more()
    {
        var committer = Committer(new Target());
        committer.Dispose();
        Assert.False(committer.TryEnqueue(new Request(0, 0)));
        await Assert.ThrowsAsync<ChannelClosedException>(() => committer.EnqueueAsync(new Request(0, 0), TestContext.Current.CancellationToken).AsTask());
    }

    private static GroupCommitter<Request, List<Request>> Committer(Target target, int maxQueued = 1_000) =>
        new("test", maxQueued, maxBytes: 64, target, new CommitBatch<List<Request>>([], batch => batch.Count, batch => batch.Clear(), _ => { }));

    private sealed class Request(int thread, int number)
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Thread => thread;

        public int Number => number;

        public Task Done => _done.Task;

        public void Complete() => _done.SetResult();
    }

    private sealed class Target : ICommitTarget<Request, List<Request>>
    {
        public ConcurrentQueue<Request> Committed { get; } = [];

        /// <summary>The first staging waits for it.</summary>
        public TaskCompletionSource? Gate { get; init; }

        public TaskCompletionSource Staged { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Begin()
        {
        }

        public Staging Stage(Request request, List<Request> batch)
        {
            Staged.TrySetResult();
            Gate?.Task.Wait(TestContext.Current.CancellationToken);
            batch.Add(request);
            return Staging.Staged;
        }

        void ICommitTarget<Request, List<Request>>.Committed(List<Request> group)
        {
            foreach (var request in group)
            {
                Committed.Enqueue(request);
                request.Complete();
            }
        }

        public void Failed(List<Request> group, Exception exception) => throw new InvalidOperationException("nothing fails here", exception);

        public void Refused(Request request, Exception exception) => throw new InvalidOperationException("nothing is refused here", exception);
    }
}
