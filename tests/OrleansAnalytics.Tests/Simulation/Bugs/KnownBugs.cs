using System.Runtime.CompilerServices;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Tests.Simulation.Bugs;

/// <summary>The mistakes that the simulation must find.</summary>
internal static class KnownBugs
{
    public static IReadOnlyDictionary<string, Func<Bug>> All { get; } = new Dictionary<string, Func<Bug>>
    {
        ["a slice does not say what was sent before it"] = () => new ChainDropped(),
        ["an entity's gap at a slice is overlooked"] = () => new SliceGapOverlooked(),
        ["an entity's gap at a flush is overlooked"] = () => new FlushGapOverlooked(),
        ["a lost slice is taken for delivered"] = () => new LossOverlooked(),
        ["poison is passed over without a dead letter"] = () => new PoisonOverlooked(),
        ["a checkpoint does not wait until the entities are saved"] = () => new SaveOrderSwapped(),
        ["an entity calls saved what came while it was being saved"] = () => new SavedTooMuch(),
        ["a failed save of an entity is taken for done"] = () => new Bug { SwallowsFailedSaves = true },
        ["an entity's positions are saved without its fold"] = () => new FoldLeftBehind(),
        ["an entity's store ignores ETags"] = () => new Bug { IgnoresEntityETags = true },
        ["an activation answers without asking whether it has a twin"] = () => new Bug { HidesTwins = true },
        ["the checkpoint store ignores ETags"] = () => new Bug { IgnoresCheckpointETags = true },
        ["a refused checkpoint leaves its parts behind"] = () => new Bug { StoresPartsOfRefusedCheckpoints = true },
        ["a checkpoint holds the image of the one before"] = () => new OldImage(),
        ["a checkpoint is numbered with what was applied since its image"] = () => new NumberedTooHigh(),
        ["a restart does not restore the known ids"] = () => new IdsForgotten(),
        ["the log acknowledges what it has not stored"] = () => new Bug { AcknowledgesTooEarly = true },
        ["a producer's repeat has new ids"] = () => new Bug { GivesNewIds = true },
    };

    private sealed class ChainDropped : ChannelBug
    {
        protected override Slice Change(Slice slice) => slice with { After = 0 };
    }

    private sealed class SliceGapOverlooked : ChannelBug
    {
        protected override SliceAnswer Change(SliceAnswer answer) => answer.Outcome == SliceOutcome.Gap ? SliceAnswer.Applied : answer;
    }

    private sealed class FlushGapOverlooked : ChannelBug
    {
        protected override async ValueTask<FlushAnswer> FlushAsync(IEntityChannel real, EntityLane lane, int partition, long expected)
        {
            var answer = await real.FlushAsync(lane, partition, expected);
            return answer.IsGap ? new FlushAnswer(IsGap: false, expected) : answer;
        }
    }

    private sealed class LossOverlooked : ChannelBug
    {
        protected override bool TakesForDelivered(Exception exception) => true;
    }

    private sealed class PoisonOverlooked : ChannelBug
    {
        protected override SliceAnswer Change(SliceAnswer answer) => answer.Outcome == SliceOutcome.Poison ? SliceAnswer.Applied : answer;
    }

    private sealed class SaveOrderSwapped : ChannelBug
    {
        protected override ValueTask<FlushAnswer> FlushAsync(IEntityChannel real, EntityLane lane, int partition, long expected)
        {
            _ = real.FlushAsync(lane, partition, expected).AsTask();
            return new(new FlushAnswer(IsGap: false, expected));
        }
    }

    private sealed class SavedTooMuch : ChannelBug
    {
        protected override async ValueTask<FlushAnswer> FlushAsync(IEntityChannel real, EntityLane lane, int partition, long expected)
        {
            var answer = await real.FlushAsync(lane, partition, expected);
            return answer.IsGap ? answer : new FlushAnswer(IsGap: false, Math.Max(answer.Durable, lane.LastSent));
        }
    }

    private sealed class FoldLeftBehind : Bug
    {
        private readonly Dictionary<int, EntityState<RecordingFold>> _before = [];

        public override byte[] Encode(int entity, byte[] state)
        {
            // Every second save of an entity takes its positions from now and its fold from the save before.
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            var now = Decode(state);
            if (!_before.Remove(entity, out var before))
            {
                _before.Add(entity, now);
                return state;
            }

            before.Applied = now.Applied;
            before.WriteTo(output);
            return output.WrittenSpan.ToArray();
        }

        private static EntityState<RecordingFold> Decode(byte[] bytes)
        {
            var state = new EntityState<RecordingFold>(new RecordingFold(null!, 0));
            state.ReadFrom(bytes);
            return state;
        }
    }

    private sealed class OldImage : CheckpointBug
    {
        private readonly ConditionalWeakTable<Owner, CheckpointWrite> _before = [];

        protected override CheckpointWrite Change(CheckpointWrite write, Owner owner)
        {
            if (write.Changed.Count == 0)
            {
                return write;
            }

            var parts = _before.TryGetValue(owner, out var before) ? before : write with { Changed = new Dictionary<string, ReadOnlyMemory<byte>>(), Removed = [] };
            _before.AddOrUpdate(owner, write.Copy());
            return write with { Changed = parts.Changed, Removed = parts.Removed };
        }
    }

    private sealed class NumberedTooHigh : CheckpointBug
    {
        protected override CheckpointWrite Change(CheckpointWrite write, Owner owner) =>
            write.Changed.Count == 0 ? write : write with { Position = Math.Max(write.Position, owner.Pump.Applied) };
    }

    private sealed class IdsForgotten : CheckpointBug
    {
        protected override StoredCheckpoint? Change(StoredCheckpoint? stored) => stored is null
            ? null
            : stored with { Parts = stored.Parts.Where(part => !part.Key.StartsWith("ids", StringComparison.Ordinal)).ToDictionary() };
    }
}
