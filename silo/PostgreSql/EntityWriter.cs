using System.IO.Hashing;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.PostgreSql;

/// <summary>
/// Puts entities into a group and finds out which of them met another ETag. The committer's thread is its own, so it may wait for the database.
/// </summary>
internal sealed class EntityWriter(PostgreSqlDatabase database, ETagSource etags) : ICommitTarget<EntityWrite, EntityBatch>
{
    // Hashes of the keys in this group: a write whose record may be among them begins the next group, and finds the ETag of this one.
    private readonly HashSet<ulong> _keys = [];
    private int _written;

    /// <summary>The batch that the group commit fills.</summary>
    public CommitBatch<EntityBatch> Batch() => new(new EntityBatch(), batch => batch.Bytes, batch => batch.Clear(), Write);

    public void Begin() => _keys.Clear();

    public Staging Stage(EntityWrite request, EntityBatch batch)
    {
        if (!_keys.Add(XxHash3.HashToUInt64(request.Key)))
        {
            return Staging.NextGroup;
        }

        var next = etags.NextAsync();
        request.NewETag = next.IsCompletedSuccessfully ? next.Result : next.AsTask().GetAwaiter().GetResult();
        batch.Add(request);
        return Staging.Staged;
    }

    public void Committed(List<EntityWrite> group)
    {
        var answered = group.ToArray();
        if (_written == answered.Length)
        {
            Answer(answered, static write => write.Succeed());
            return;
        }

        Dictionary<string, long> stored;
        try
        {
            stored = database.RunAsync((connection, cancellationToken) => EntityBatch.ReadETagsAsync(connection, answered, cancellationToken)).GetAwaiter().GetResult();
        }
        catch (Exception exception)
        {
            // Some are written and some are not, and nobody knows which.
            Answer(answered, write => write.Fail(exception));
            return;
        }

        Answer(answered, write =>
        {
            // A record that was written since by someone else counts as a conflict too: its owner has lost it in any case.
            var etag = stored.GetValueOrDefault(Convert.ToHexString(write.Key));
            if (etag == write.NewETag)
            {
                write.Succeed();
            }
            else
            {
                write.Fail(new ETagConflictException(etag, write.ExpectedETag));
            }
        });
    }

    public void Failed(List<EntityWrite> group, Exception exception) => Answer([.. group], write => write.Fail(exception));

    public void Refused(EntityWrite request, Exception exception) => Answer([request], write => write.Fail(exception));

    /// <summary>Answers on another thread: what follows a write may take its time, or even close the store.</summary>
    private static void Answer(EntityWrite[] group, Action<EntityWrite> answer) =>
        ThreadPool.UnsafeQueueUserWorkItem(_ => Array.ForEach(group, answer), null);

    private void Write(EntityBatch batch) => _written = database.RunAsync(batch.WriteAsync).GetAwaiter().GetResult();
}
