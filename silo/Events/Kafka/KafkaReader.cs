namespace OrleansAnalytics.Events;

/// <summary>
/// Reads partitions from any position. Two consumers serve all partitions, so that a partition's own reader and that of the lake do not take each other's place; a
/// reader that comes from elsewhere takes the place that was not used for longest. Safe for concurrent use.
/// </summary>
internal sealed class KafkaReader : IDisposable
{
    private const int Consumers = 2;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(50);

    private readonly KafkaClients _clients;
    private readonly KafkaLogOptions _options;
    private readonly KafkaOffsets _offsets;
    private readonly Lazy<KafkaFeed>[] _feeds;
    private readonly SemaphoreSlim[] _moves;
    private readonly EndSignal[] _ends;
    private long _uses;

    /// <summary>Nothing is connected before the first read.</summary>
    public KafkaReader(KafkaClients clients, KafkaLogOptions options, KafkaOffsets offsets, ForeignMessages others, EndSignal[] ends)
    {
        (_clients, _options, _offsets, _ends) = (clients, options, offsets, ends);
        _moves = [.. ends.Select(_ => new SemaphoreSlim(1))];
        _feeds = [.. Enumerable.Range(0, Consumers).Select(_ => new Lazy<KafkaFeed>(
            () => new KafkaFeed(clients, options, ends.Length, others, (partition, next) => ends[partition].Raise(KafkaPositions.Last(next - 1)))))];
    }

    /// <summary>See <see cref="IEventLog.ReadAsync(int, long, int, CancellationToken)"/>; the partition is known to go on beyond <paramref name="after"/>.</summary>
    public async ValueTask<IReadOnlyList<LogBatch>> ReadAsync(int partition, long after, int most, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(_options.ReadTimeout);
        try
        {
            while (true)
            {
                var feed = await FeedAsync(partition, after, deadline.Token);
                var cursor = feed.Cursors[partition];
                Task change;
                lock (cursor.Gate)
                {
                    if (!cursor.Serves(after))
                    {
                        continue;
                    }

                    if (feed.Read(partition, after, most) is { } found)
                    {
                        _clients.Succeeded();
                        return found;
                    }

                    change = Enter(cursor);
                }

                await WaitAsync(cursor, change, deadline.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EventLogUnavailableException(
                $"partition {partition} of {_options.Topic} at {_clients.Brokers} gave nothing in {_options.ReadTimeout.TotalSeconds:0.#} s although it has events{_clients.Trouble}");
        }
    }

    /// <summary>See <see cref="IEventLog.WaitAsync"/>.</summary>
    public async ValueTask WaitAsync(int partition, long after, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var beyond = _ends[partition].WaitAsync(after, stop.Token).AsTask();
        try
        {
            while (!beyond.IsCompleted)
            {
                // Not for what it reads: a consumer that reads there is told by its broker when something comes.
                var cursor = (await FeedAsync(partition, after, cancellationToken)).Cursors[partition];
                Task change;
                lock (cursor.Gate)
                {
                    if (!cursor.Serves(after))
                    {
                        continue;
                    }

                    change = Enter(cursor);
                }

                await WaitAsync(cursor, Task.WhenAny(beyond, change), cancellationToken);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await beyond.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await beyond;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var feed in _feeds.Where(feed => feed.IsValueCreated))
        {
            feed.Value.Dispose();
        }
    }

    private static async Task WaitAsync(KafkaCursor cursor, Task change, CancellationToken cancellationToken)
    {
        try
        {
            await change.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (cursor.Gate)
            {
                cursor.Readers--;
            }
        }
    }

    private static Task Enter(KafkaCursor cursor)
    {
        cursor.Readers++;
        return cursor.NextChange();
    }

    /// <summary>The consumer that reads there, if need be after it was sent there.</summary>
    private async ValueTask<KafkaFeed> FeedAsync(int partition, long after, CancellationToken cancellationToken)
    {
        if (Find(partition, after) is { } there)
        {
            return there;
        }

        await _moves[partition].WaitAsync(cancellationToken);
        try
        {
            if (Find(partition, after) is { } meanwhile)
            {
                return meanwhile;
            }

            var range = await _offsets.AskAsync(partition, cancellationToken);
            _ends[partition].Raise(KafkaPositions.Last(range.End - 1));
            var feed = Free(partition);
            if (feed.Cursors[partition].HasFailed)
            {
                await Task.Delay(PauseAfterFailure, cancellationToken);
            }

            feed.Place(partition, after, range);
            return feed;
        }
        finally
        {
            _moves[partition].Release();
        }
    }

    private KafkaFeed? Find(int partition, long after)
    {
        foreach (var feed in _feeds)
        {
            if (!feed.IsValueCreated)
            {
                continue;
            }

            var cursor = feed.Value.Cursors[partition];
            lock (cursor.Gate)
            {
                if (cursor.Serves(after))
                {
                    cursor.LastUsed = Interlocked.Increment(ref _uses);
                    return feed.Value;
                }
            }
        }

        return null;
    }

    /// <summary>One that does not read this partition, else one where nobody waits, else the one that was not used for longest.</summary>
    private KafkaFeed Free(int partition)
    {
        foreach (var feed in _feeds)
        {
            if (!feed.IsValueCreated || feed.Value.Cursors[partition].Next < 0)
            {
                return Used(feed.Value, partition);
            }
        }

        return Used(_feeds.Select(feed => feed.Value).OrderBy(feed => feed.Cursors[partition].Readers > 0).ThenBy(feed => feed.Cursors[partition].LastUsed).First(), partition);
    }

    private KafkaFeed Used(KafkaFeed feed, int partition)
    {
        feed.Cursors[partition].LastUsed = Interlocked.Increment(ref _uses);
        return feed;
    }
}
