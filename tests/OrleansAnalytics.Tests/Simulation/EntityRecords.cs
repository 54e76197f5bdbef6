using System.Buffers;
using System.Globalization;
using Orleans.Storage;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Simulation;

/// <summary>The stored states of all entities: what survives every silo.</summary>
internal sealed class EntityRecords
{
    private readonly World _world;
    private readonly Record?[] _records;
    private long _lastETag;

    public EntityRecords(World world)
    {
        _world = world;
        _records = new Record?[world.Truth.Entities.Count];
    }

    /// <summary>True while every request fails.</summary>
    public bool Down { get; set; }

    public AppliedPositions AppliedOf(int entity) => _records[entity]?.State.Applied ?? new AppliedPositions();

    public IReadOnlyList<int> EventsOf(int entity) => _records[entity]?.State.Fold.Events ?? [];

    public Task<(string? ETag, byte[]? Bytes)> ReadAsync(Silo from, int entity) =>
        _world.Request("read of", _world.Truth.Entities[entity], from, Fault.EntityReadFails, Fault.EntityReadFails, Down, () => (_records[entity]?.ETag, _records[entity]?.Bytes));

    /// <returns>The new ETag.</returns>
    public Task<string> WriteAsync(Silo from, int entity, string? etag, byte[] bytes) =>
        _world.Request("save of", _world.Truth.Entities[entity], from, Fault.EntityWriteFails, Fault.EntityWriteUnclear, Down, () => Write(entity, etag, bytes));

    private string Write(int entity, string? etag, byte[] bytes)
    {
        var before = _records[entity];
        if (before?.ETag != etag && !_world.Bug.IgnoresEntityETags)
        {
            throw new InconsistentStateException("written by another activation", before?.ETag ?? "none", etag ?? "none");
        }

        var state = new EntityState<RecordingFold>(new RecordingFold(_world, entity));
        state.ReadFrom(bytes);
        _records[entity] = new Record((++_lastETag).ToString(CultureInfo.InvariantCulture), bytes, state);
        _world.Tell("  ", _world.Truth.Entities[entity], "is stored with events", string.Join(' ', state.Fold.Events));
        _world.Truth.CheckStored(entity, state.Applied, state.Fold.Events);
        return _records[entity]!.ETag;
    }

    private sealed record Record(string ETag, byte[] Bytes, EntityState<RecordingFold> State);
}

/// <summary>The way of one silo to the <see cref="EntityRecords"/>.</summary>
internal sealed class SimulatedGrainStorage(World world, Silo silo) : IGrainStorage
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var (etag, bytes) = await world.Entities.ReadAsync(silo, IndexOf(grainId));
        if (bytes is not null)
        {
            ((IStoredState)grainState.State!).ReadFrom(bytes);
        }

        (grainState.ETag, grainState.RecordExists) = (etag, bytes is not null);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _buffer.ResetWrittenCount();
        ((IStoredState)grainState.State!).WriteTo(_buffer);
        var bytes = world.Bug.Encode(IndexOf(grainId), _buffer.WrittenSpan.ToArray());
        try
        {
            // As the real store: what follows a write runs where the store answers.
            grainState.ETag = await world.Entities.WriteAsync(silo, IndexOf(grainId), grainState.ETag, bytes).ConfigureAwait(false);
        }
        catch (IOException) when (world.Bug.SwallowsFailedSaves)
        {
            // As if nothing had been.
        }
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

    private int IndexOf(GrainId grain) => world.Truth.IndexOf(EntityKey.Of(grain));
}
