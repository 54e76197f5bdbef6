using System.Runtime.InteropServices;
using OrleansAnalytics.Events;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// The entities of a partition with unsaved or waiting events. The rule it exists for: a checkpoint at <c>s</c> may be committed only when no
/// entity has a first unsaved position at or below <c>s</c>.
/// </summary>
public sealed class DirtyTable
{
    private readonly Dictionary<EntityKey, EntityLane> _lanes = [];

    /// <summary>Entities in the table.</summary>
    public int Count => _lanes.Count;

    /// <summary>The lane of an entity, new if it was clean.</summary>
    public EntityLane Lane(EntityKey key)
    {
        if (!_lanes.TryGetValue(key, out var lane))
        {
            _lanes.Add(key, lane = new EntityLane(key));
        }

        return lane;
    }

    /// <summary>The lane of an entity, taken from its text if it was looked up before.</summary>
    public EntityLane Lane(EntityKind kind, KnownText text)
    {
        if (text.Lane is not EntityLane old || old.Key.Kind != kind)
        {
            var lane = Lane(new EntityKey(kind, text.Text));
            text.Lane = lane;
            return lane;
        }

        return old.IsForgotten ? LaneAfter(old, text) : old;
    }

    /// <summary>The lane of an entity that had another one before: mostly that one again, as whoever comes back is as good as always known.</summary>
    private EntityLane LaneAfter(EntityLane old, KnownText text)
    {
        ref var lane = ref CollectionsMarshal.GetValueRefOrAddDefault(_lanes, old.Key, out var isThere);
        if (!isThere && old.MayReturn)
        {
            old.Return();
            return lane = old;
        }

        lane ??= new EntityLane(old.Key);
        text.Lane = lane;

        // The entity may have left since; then the channel looks it up again.
        lane.Local ??= old.Local;
        return lane;
    }

    /// <summary>Entities with an unsaved position at or below <paramref name="position"/>, oldest first.</summary>
    public List<EntityLane> UnsavedThrough(long position)
    {
        var lanes = new List<EntityLane>(_lanes.Count);
        foreach (var lane in _lanes.Values)
        {
            if (lane.IsDirty && lane.FirstUnsaved <= position)
            {
                lanes.Add(lane);
            }
        }

        lanes.Sort(static (a, b) => a.FirstUnsaved.CompareTo(b.FirstUnsaved));
        return lanes;
    }

    /// <summary>True if a checkpoint at <paramref name="position"/> may be committed.</summary>
    public bool IsSavedThrough(long position)
    {
        foreach (var lane in _lanes.Values)
        {
            if (lane.IsDirty && lane.FirstUnsaved <= position)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Forgets the lane if it has nothing unsaved and nothing waiting.</summary>
    public void ForgetIfClean(EntityLane lane)
    {
        if (!lane.IsDirty && !lane.HasPending)
        {
            Drop(lane);
            lane.MayReturn = true;
        }
    }

    /// <summary>Forgets the lane: what was sent on it is accounted for otherwise.</summary>
    public void Drop(EntityLane lane)
    {
        lane.IsForgotten = true;
        _lanes.Remove(lane.Key);
    }

    /// <summary>Forgets everything: the partition starts again from its checkpoint.</summary>
    public void Clear()
    {
        foreach (var lane in _lanes.Values)
        {
            lane.IsForgotten = true;
        }

        _lanes.Clear();
    }
}
