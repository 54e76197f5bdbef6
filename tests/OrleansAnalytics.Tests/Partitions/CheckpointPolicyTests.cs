using OrleansAnalytics.Partitions;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

public sealed class CheckpointPolicyTests
{
    private readonly CheckpointPolicy _policy = new(new PartitionOptions
    {
        CheckpointEvents = 10,
        CheckpointEvery = TimeSpan.FromSeconds(5),
        MaxReplayEvents = 30,
        MaxDirtyEntities = 7,
    });

    [Theory]
    [InlineData(20, 20, 99, false)]
    [InlineData(21, 20, 4.999, false)]
    [InlineData(21, 20, 5, true)]
    [InlineData(29, 20, 0, false)]
    [InlineData(30, 20, 0, true)]
    public void A_checkpoint_is_due_after_so_many_events_or_so_much_time_if_there_was_one(long applied, long lastImage, double seconds, bool due) =>
        Assert.Equal(due, _policy.IsDue(applied, lastImage, TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(29, 0, 6, false)]
    [InlineData(30, 0, 0, true)]
    [InlineData(40, 11, 6, false)]
    [InlineData(1, 0, 7, true)]
    [InlineData(0, 0, 7, false)]
    public void Reading_pauses_when_the_replay_or_the_unsaved_entities_reach_their_limit(long applied, long committed, int dirty, bool pause) =>
        Assert.Equal(pause, _policy.MustPause(applied, committed, dirty));

    [Fact]
    public void All_errors_of_the_options_are_named_at_once()
    {
        var result = new PartitionOptionsValidator().Validate(null, new PartitionOptions
        {
            ChunkBytes = 1,
            MaxSlicesInFlight = 0,
            MaxFlushesInFlight = 0,
            CheckpointEvery = TimeSpan.Zero,
            CheckpointEvents = 0,
            MaxReplayEvents = -1,
            MaxDirtyEntities = 0,
            EntityIdleTime = TimeSpan.Zero,
            RetryDelay = TimeSpan.Zero,
            MaxRetryDelay = TimeSpan.FromTicks(-1),
            CachedTexts = 0,
            ExchangeBytes = 0,
            LetOthersFirstAfter = TimeSpan.Zero,
        });
        Assert.Equal(typeof(PartitionOptions).GetProperties().Count(option => option.PropertyType != typeof(bool)), result.Failures!.Count());
        Assert.True(new PartitionOptionsValidator().Validate(null, new PartitionOptions()).Succeeded);
    }
}
