using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansAnalytics.Events;
using OrleansAnalytics.Pages;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Simulation;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>Two activations of one entity: partitions feed one of them, and questions come to the other.</summary>
public sealed class TwinTests
{
    private static readonly GrainId Page = GrainId.Create(GrainTypes.Page, "/");

    private readonly ReadStorage _storage = new();
    private int _fenced;

    [Fact]
    public async Task Answer_HoldsWhatTheTwinHasSaved_AndTheEntityStepsBack()
    {
        var (asked, fed) = (await EntityAsync(), await EntityAsync());
        Visit(fed, 1);
        Assert.Equal(new FlushAnswer(false, 1), await fed.FlushAsync(0, 1));
        Assert.Equal(1, await VisitsAsync(asked));
        Assert.False(asked.IsHere);
        Assert.Equal(1, _fenced);
        Assert.Equal(SliceOutcome.Gap, Visit(asked, 2).Outcome);

        // It may be asked again before it is gone.
        Visit(fed, 2);
        await fed.FlushAsync(0, 2);
        Assert.Equal(2, await VisitsAsync(asked));
        Assert.True(fed.IsHere);
    }

    [Fact]
    public async Task Answer_LeavesOutWhatTheEntityCanNoLongerSave_WhenTheTwinHasSaved()
    {
        var (asked, fed) = (await EntityAsync(), await EntityAsync());
        Visit(asked, 1);
        Visit(asked, 2);
        Visit(fed, 1);
        await fed.FlushAsync(0, 1);
        Assert.Equal(1, await VisitsAsync(asked));
        Assert.True((await asked.FlushAsync(0, 2)).IsGap);
    }

    [Fact]
    public async Task Answer_HoldsWhatIsNotSaved_WhenThereIsNoTwin()
    {
        var entity = await EntityAsync();
        Assert.Equal(0, await VisitsAsync(entity));
        Visit(entity, 1);
        Assert.Equal(1, await VisitsAsync(entity));
        await entity.FlushAsync(0, 1);
        Visit(entity, 2);
        Assert.Equal(2, await VisitsAsync(entity));
        Assert.True(entity.IsHere);
    }

    [Fact]
    public async Task SavesOfItsOwn_WhileItLooks_AreNotTakenForATwins()
    {
        var entity = await EntityAsync();
        _storage.BeforeRead = () => SaveNext(entity, 1);
        _storage.AfterRead = () => SaveNext(entity, 2);
        Assert.Equal(2, await VisitsAsync(entity));
        Assert.True(entity.IsHere);
    }

    [Fact]
    public async Task Question_Fails_WhenNobodyCanTellWhetherTheAnswerIsOld()
    {
        var entity = await EntityAsync();
        _storage.BeforeRead = () => throw new IOException("down");
        await Assert.ThrowsAsync<IOException>(() => VisitsAsync(entity).AsTask());
        Assert.True(entity.IsHere);
    }

    [Fact]
    public void ASiloByItself_HasNoTwins()
    {
        Assert.False(new LocalEntities([]).MayHaveTwins);
        Assert.False(new LocalEntities([], new Silos(1)).MayHaveTwins);
        Assert.True(new LocalEntities([], new Silos(2)).MayHaveTwins);
    }

    private static SliceAnswer Visit(LiveEntity<PageFold> entity, long position) => entity.Apply(new Slice(0, position - 1, [new PositionedEvent(position, new ShopEvent
    {
        Id = new EventId(1, (ulong)position), TimeMs = position, Kind = EventKind.Page, UserId = "u", Url = "/",
    })]));

    private static void SaveNext(LiveEntity<PageFold> entity, long position)
    {
        Visit(entity, position);
        Assert.True(entity.FlushAsync(0, position).AsTask().IsCompletedSuccessfully);
    }

    private static ValueTask<long> VisitsAsync(LiveEntity<PageFold> entity) => entity.AskBesideTwinsAsync(page => page.ToView("/")?.Visits ?? 0);

    private async Task<LiveEntity<PageFold>> EntityAsync()
    {
        var entity = new LiveEntity<PageFold>(EntityKey.Of(Page), Page, new PageFold(), _storage, NullLogger.Instance, (_, _) => _fenced++);
        await entity.ReadAsync();
        return entity;
    }

    /// <summary>A storage where something else happens before and after the next read.</summary>
    private sealed class ReadStorage : IGrainStorage
    {
        private readonly InMemoryGrainStorage _inner = new();

        public Action? BeforeRead { get; set; }

        public Action? AfterRead { get; set; }

        public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            var (before, after) = (BeforeRead, AfterRead);
            (BeforeRead, AfterRead) = (null, null);
            before?.Invoke();
            await _inner.ReadStateAsync(stateName, grainId, grainState);
            after?.Invoke();
        }

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => _inner.WriteStateAsync(stateName, grainId, grainState);

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => _inner.ClearStateAsync(stateName, grainId, grainState);
    }
}
