using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;
using Orleans.Storage;
using OrleansAnalytics.Events;
using OrleansAnalytics.Pages;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Simulation;
using Xunit;

namespace OrleansAnalytics.Tests.Partitions;

/// <summary>Entities whose state is on the silo without an activation.</summary>
public sealed class LocalEntitiesTests
{
    private static readonly EntityKey Home = new(EntityKind.Page, "/");

    private readonly GatedStorage _storage = new();
    private readonly LocalEntities _entities;

    public LocalEntitiesTests() => _entities = new LocalEntities([Maker()]);

    [Fact]
    public async Task Entity_IsReadOnce_HoweverManyPartitionsWantIt()
    {
        _storage.Gate = new TaskCompletionSource();
        var holding = Enumerable.Range(0, 8).Select(_ => _entities.HoldAsync(Home).AsTask()).ToArray();
        Assert.All(holding, one => Assert.False(one.IsCompleted));
        _storage.Gate.SetResult();
        var held = await Task.WhenAll(holding);
        Assert.Single(held.Distinct());
        Assert.Equal(1, _storage.Reads);
        Assert.Same(held[0], _entities.Find(Home));
    }

    [Fact]
    public async Task ReadThatFails_IsTriedAgainByTheNext()
    {
        _storage.Failure = new IOException("down");
        await Assert.ThrowsAsync<IOException>(() => _entities.HoldAsync(Home).AsTask());
        Assert.Null(_entities.Find(Home));
        _storage.Failure = null;
        Assert.True((await _entities.HoldAsync(Home)).IsHere);
    }

    [Fact]
    public async Task Entity_Leaves_WhenItIsSavedAndUnused_AndComesBackFromStorage()
    {
        var entity = await _entities.HoldAsync(Home);
        Assert.True(entity.TryApply(Visit(1), out _));
        Assert.Equal(0, _entities.Sweep(idleLooks: 0));
        var flushing = new SingleFlush(0, 1);
        Assert.True(entity.TryFlush(flushing));
        await flushing.Task;
        Assert.Equal(0, _entities.Sweep(idleLooks: 2));
        Assert.True(entity.TryApply(Visit(2), out _));
        flushing = new SingleFlush(0, 2);
        Assert.True(entity.TryFlush(flushing));
        await flushing.Task;
        Assert.Equal(0, _entities.Sweep(idleLooks: 2));
        Assert.Equal(0, _entities.Sweep(idleLooks: 2));
        Assert.Equal(1, _entities.Sweep(idleLooks: 2));
        Assert.False(entity.TryApply(Visit(3), out _));
        Assert.Equal(0, _entities.Count);

        var back = await _entities.HoldAsync(Home);
        Assert.NotSame(entity, back);
        Assert.True(back.TryApply(Visit(3), out var answer));
        Assert.Equal(SliceAnswer.Applied, answer);
        Assert.Equal(3, Visits(back));
    }

    [Fact]
    public async Task Entity_IsAskedWhereItIs_IfItHasEvents()
    {
        Assert.False(Asked(out _));
        var entity = await _entities.HoldAsync(Home);
        Assert.False(Asked(out _));
        Assert.True(entity.TryApply(Visit(1), out _));
        Assert.True(Asked(out var visits));
        Assert.Equal(1, visits);
        await entity.CloseAsync();
        Assert.False(Asked(out _));

        bool Asked(out long visits) => _entities.TryAsk<PageFold, long>(Home, fold => fold.ToView("/")!.Visits, out visits);
    }

    [Fact]
    public async Task Entity_IsNotAskedWhereItIs_WhileThereMayBeATwin()
    {
        var entities = new LocalEntities([Maker()], new Silos(2));
        Assert.True((await entities.HoldAsync(Home)).TryApply(Visit(1), out _));
        Assert.False(entities.TryAsk<PageFold, long>(Home, fold => fold.ToView("/")!.Visits, out _));
    }

    [Fact]
    public async Task Entity_ThatAnActivationAnswersFor_StaysWithIt()
    {
        var entity = (LiveEntity<PageFold>)await _entities.HoldAsync(Home);
        entity.Apply(Visit(1));
        await entity.FlushAsync(0, 1);
        Assert.True(entity.TryAttach((_, _) => { }));
        Assert.Equal(0, _entities.Sweep(idleLooks: 0));
        _entities.Release(Home, entity);
        Assert.Same(entity, _entities.Find(Home));
        Assert.Equal(1, _entities.Sweep(idleLooks: 0));
    }

    [Fact]
    public async Task QuestionAboutSomebodyUnknown_LeavesNothingBehind()
    {
        var entity = (LiveEntity<PageFold>)await _entities.HoldAsync(Home);
        Assert.True(entity.TryAttach((_, _) => { }));
        _entities.Release(Home, entity);
        Assert.Equal(0, _entities.Count);
        Assert.False(entity.TryAttach((_, _) => { }));
    }

    [Fact]
    public async Task Successor_ReadsWhatAGoingActivationStillSaves()
    {
        var going = Maker().MakeLive(Home, (_, _) => { });
        await going.ReadAsync();
        _entities.Add(Home, going);
        going.Apply(Visit(1));
        _storage.Gate = new TaskCompletionSource();
        var closing = going.CloseAsync();
        var holding = _entities.HoldAsync(Home).AsTask();
        Assert.False(holding.IsCompleted);
        _storage.Gate.SetResult();
        Assert.Equal(1, Visits(await holding));
        await closing;
    }

    [Fact]
    public async Task EntityThatIsFenced_IsForgotten_AndReadAgain()
    {
        var entity = await _entities.HoldAsync(Home);
        var twin = Maker().MakeLive(Home, (_, _) => { });
        await twin.ReadAsync();
        twin.Apply(Visit(1));
        await twin.FlushAsync(0, 1);
        entity.TryApply(Visit(1), out _);
        var flushing = new SingleFlush(0, 1);
        Assert.True(entity.TryFlush(flushing));
        Assert.True((await flushing.Task).IsGap);
        Assert.Null(_entities.Find(Home));
        Assert.Equal(1, Visits(await _entities.HoldAsync(Home)));
    }

    [Fact]
    public async Task BesideAnotherSilo_WhatNobodyHasSavedForLong_GoesToo()
    {
        var silos = new Silos(1);
        var entities = new LocalEntities([Maker()], silos);
        Assert.True(entities.Holds(EntityKind.Page));
        Assert.False(entities.Holds(EntityKind.Brand));
        var entity = await entities.HoldAsync(Home);
        entity.TryApply(Visit(1), out _);
        Assert.Equal(0, entities.Sweep(idleLooks: 1));
        Assert.Equal(0, entities.Sweep(idleLooks: 1));
        silos.Grow(2);
        Assert.True(entities.Holds(EntityKind.Page));
        Assert.Equal(1, entities.Sweep(idleLooks: 1));

        // As if the silo had ended: whoever sent the event finds that it is missing.
        var flushing = new SingleFlush(0, 1);
        Assert.True((await entities.HoldAsync(Home)).TryFlush(flushing));
        Assert.True((await flushing.Task).IsGap);
    }

    [Fact]
    public async Task WhenTheSiloLeaves_WhatIsNotSaved_IsSavedForTheNextHome()
    {
        var other = new EntityKey(EntityKind.Page, "/other");
        (await _entities.HoldAsync(Home)).TryApply(Visit(1), out _);
        (await _entities.HoldAsync(other)).TryApply(Visit(1), out _);
        await _entities.CloseAsync();
        Assert.Equal(0, _entities.Count);
        var next = new LocalEntities([Maker()]);
        Assert.Equal(1, Visits(await next.HoldAsync(Home)));
        Assert.True((await next.HoldAsync(other)).TryApply(Visit(2), out var answer));
        Assert.Equal(SliceAnswer.Applied, answer);
    }

    [Fact]
    public async Task FlushThatComesAsASaveEnds_IsAnswered()
    {
        // The store answers on a thread of its own: at any moment of that the next flush may come.
        var storage = new ThreadedStorage();
        var entity = new EntityMaker<PageFold>(EntityKind.Page, () => new PageFold(), storage, NullLogger.Instance).MakeLive(Home, (_, _) => { });
        await entity.ReadAsync();
        for (var position = 1; position <= 20_000; position++)
        {
            entity.Apply(Visit(position));
            var answer = await entity.FlushAsync(0, position).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            Assert.Equal(position, answer.Durable);
        }
    }

    [Fact]
    public void UnderMemoryPressure_AMinuteIsEnough()
    {
        Assert.Equal(15, EntitySweeper.IdleLooks(TimeSpan.FromMinutes(15), memoryLoad: 89, highMemoryLoad: 90));
        Assert.Equal(1, EntitySweeper.IdleLooks(TimeSpan.FromMinutes(15), memoryLoad: 90, highMemoryLoad: 90));
        Assert.Equal(1, EntitySweeper.IdleLooks(TimeSpan.FromSeconds(5), memoryLoad: 0, highMemoryLoad: 90));
    }

    [Fact]
    public async Task Entity_ThatHasLeft_HoldsNoFold_HoweverLongALaneKnowsIt()
    {
        var fold = new WeakReference(null);
        var entities = new LocalEntities([new EntityMaker<PageFold>(EntityKind.Page, Made, _storage, NullLogger.Instance)]);
        var entity = await entities.HoldAsync(Home);
        Assert.True(entity.TryApply(Visit(1), out _));
        var flushing = new SingleFlush(0, 1);
        Assert.True(entity.TryFlush(flushing));
        await flushing.Task;
        GC.Collect();
        Assert.True(fold.IsAlive);

        Assert.Equal(1, entities.Sweep(idleLooks: 0));
        GC.Collect();
        Assert.False(fold.IsAlive);
        for (var step = 0; step < 5; step++)
        {
            entity.Fetch(step);
        }

        Assert.False(entity.IsHere);
        Assert.Equal(SliceOutcome.Gap, ((LiveEntity<PageFold>)entity).Apply(Visit(2)).Outcome);
        Assert.Equal(0, entities.Sweep(idleLooks: 0));

        PageFold Made()
        {
            var made = new PageFold();
            fold.Target = made;
            return made;
        }
    }

    private EntityMaker<PageFold> Maker() => new(EntityKind.Page, () => new PageFold(), _storage, NullLogger.Instance);

    private static long Visits(LocalEntity entity) => ((LiveEntity<PageFold>)entity).Ask(page => page.ToView("/")?.Visits ?? 0);

    private static Slice Visit(long position) => new(0, position - 1, [new PositionedEvent(position, new ShopEvent
    {
        Id = new EventId(1, (ulong)position), TimeMs = position, Kind = EventKind.Page, UserId = "u", Url = "/",
    })]);

    /// <summary>Storage that waits at a gate, or fails.</summary>
    private sealed class GatedStorage : IGrainStorage
    {
        private readonly InMemoryGrainStorage _inner = new();

        public TaskCompletionSource? Gate { get; set; }

        public Exception? Failure { get; set; }

        public int Reads { get; private set; }

        public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            Reads++;
            await (Gate?.Task ?? Task.CompletedTask);
            await (Failure is null ? _inner.ReadStateAsync(stateName, grainId, grainState) : Task.FromException(Failure));
        }

        public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await (Gate?.Task ?? Task.CompletedTask);
            await _inner.WriteStateAsync(stateName, grainId, grainState);
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => _inner.ClearStateAsync(stateName, grainId, grainState);
    }

    /// <summary>Storage that answers writes on other threads.</summary>
    private sealed class ThreadedStorage : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Task.CompletedTask;

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            var done = new TaskCompletionSource();
            ThreadPool.UnsafeQueueUserWorkItem(_ => done.SetResult(), null);
            return done.Task;
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => Task.CompletedTask;
    }
}
