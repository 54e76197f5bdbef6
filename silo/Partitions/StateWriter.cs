using System.Buffers.Binary;
using System.IO.Hashing;
using OrleansAnalytics.Formats;
using RocksDbSharp;

namespace OrleansAnalytics.Partitions;

/// <summary>
/// Checks guards and puts writes into a group. A new ETag is the sequence number that the database will give the write, so an ETag never comes back,
/// not even for a record that was removed and written again.
/// </summary>
internal sealed class StateWriter(EmbeddedDatabase database) : ICommitTarget<StateWrite, WriteBatch>
{
    public const byte FormatVersion = 1;
    private static readonly ETagReader ReadETag = new();

    // Hashes of the guards in this group: a write whose guard may be among them waits until they can be read from the database.
    private readonly HashSet<ulong> _guards = [];
    private readonly KnownETags _known = new();
    private long _sequence;

    public void Begin()
    {
        _guards.Clear();
        _sequence = -1;
    }

    public Staging Stage(StateWrite request, WriteBatch batch)
    {
        using var lease = database.Enter();
        if (request.GuardColumn is { } column)
        {
            var guard = XxHash3.HashToUInt64(request.GuardKey, column.Length);
            if (_guards.Contains(guard))
            {
                return Staging.NextGroup;
            }

            var family = lease.Db.GetColumnFamily(column);
            if (!_known.Holds(guard, request.ExpectedETag))
            {
                Check(request, column, lease.Db.Get(request.GuardKey, ReadETag, family));
            }

            _guards.Add(guard);
            PutGuard(request, batch, lease.Db, family);
            _known.Set(guard, request.ExpectedETag, request.NewETag);
        }

        foreach (var (otherColumn, key, value) in request.Others)
        {
            var family = lease.Db.GetColumnFamily(otherColumn);
            _ = value is null ? batch.Delete(key, family) : batch.Put(key, value, family);
        }

        foreach (var (otherColumn, key, value) in request.Puts?.All ?? [])
        {
            batch.Put(key, value.Span, lease.Db.GetColumnFamily(otherColumn));
        }

        request.Release();
        return Staging.Staged;
    }

    public void Committed(List<StateWrite> group) => Answer([.. group], Succeed);

    public void Failed(List<StateWrite> group, Exception exception)
    {
        _known.Clear();
        Answer([.. group], requests => Array.ForEach(requests, request => Fail(request, exception)));
    }

    public void Refused(StateWrite request, Exception exception) => Answer([request], refused => Fail(refused[0], exception));

    /// <summary>Answers on another thread: what follows a write may take its time, or even close the store.</summary>
    private static void Answer(StateWrite[] group, Action<StateWrite[]> answer) =>
        ThreadPool.UnsafeQueueUserWorkItem(_ => answer(group), null);

    private static void Succeed(StateWrite[] group)
    {
        for (var i = 0; i < group.Length; i++)
        {
            if (Ahead.IsSupported && group.Length - i > 4 * Ahead.Stride)
            {
                Ahead.Fetch(group[i + (4 * Ahead.Stride)], lines: 2);
                group[i + (3 * Ahead.Stride)].Fetch(0);
                group[i + (2 * Ahead.Stride)].Fetch(1);
                group[i + Ahead.Stride].Fetch(2);
            }

            group[i].Succeed();
        }
    }

    private static void Fail(StateWrite request, Exception exception)
    {
        request.Release();
        request.Fail(exception is RocksDbSharpException ? new IOException($"the state database could not be written: {exception.Message}", exception) : exception);
    }

    private static void Check(StateWrite request, string column, long stored)
    {
        if (stored != request.ExpectedETag)
        {
            throw stored < 0
                ? new DamagedFormatException($"the record under {Convert.ToHexString(request.GuardKey)} in {column} cannot be read")
                : new ETagConflictException(stored, request.ExpectedETag);
        }
    }

    private void PutGuard(StateWrite request, WriteBatch batch, RocksDb db, ColumnFamilyHandle family)
    {
        if (request.RemovesGuard)
        {
            batch.Delete(request.GuardKey, family);
            return;
        }

        if (_sequence < 0)
        {
            _sequence = (long)db.GetLatestSequenceNumber();
        }

        request.NewETag = _sequence + batch.Count() + 1;
        var value = request.GuardValue;
        value[0] = FormatVersion;
        BinaryPrimitives.WriteInt64LittleEndian(value[1..], request.NewETag);
        batch.Put(request.GuardKey, value, family);
    }

    /// <summary>The ETag of a stored guard, without copying the rest: 0 for none (the value that a missing key gives), -1 for damage.</summary>
    private sealed class ETagReader : ISpanDeserializer<long>
    {
        public long Deserialize(ReadOnlySpan<byte> buffer) => buffer.Length < StateWrite.GuardHeaderLength || buffer[0] != FormatVersion
            ? -1
            : BinaryPrimitives.ReadInt64LittleEndian(buffer[1..]);
    }
}
