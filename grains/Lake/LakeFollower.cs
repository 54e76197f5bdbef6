using Microsoft.Extensions.Logging;
using OrleansAnalytics.Events;
using OrleansAnalytics.Partitions;

namespace OrleansAnalytics.Lake;

/// <summary>
/// Keeps the lake behind a partition's checkpoints, beside the partition's own work: when enough has been committed, or for long enough, it brings the lake up to
/// the last checkpoint. A lake that cannot be written holds nothing up; the log keeps what the lake lacks. Runs on the partition's scheduler.
/// </summary>
public sealed partial class LakeFollower
{
    private readonly int _partition;
    private readonly LakeWriter _writer;
    private readonly LakeTurns _turns;
    private readonly LakeOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CheckpointWaiters _waiting = new();
    private LakeImage? _image;
    private long _generation;
    private long _lastWritten;
    private long _failedAt;
    private bool _isOpen;
    private bool _isOver;
    private Task _work = Task.CompletedTask;

    /// <summary>A follower that has nothing to follow yet.</summary>
    public LakeFollower(int partition, IEventLog log, ILakeSink sink, LakeTurns turns, LakeOptions options, TimeProvider time, ILogger logger)
    {
        (_partition, _turns, _options, _time, _logger) = (partition, turns, options, time, logger);
        _writer = new LakeWriter(partition, log, sink, options);
        _lastWritten = time.GetTimestamp();
    }

    /// <summary>The lake has all accepted events up to here; 0 as long as that is not known.</summary>
    public long Through => _isOpen ? _writer.Through : 0;

    /// <summary>Why the lake could not be written last; null if it could.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Told of every checkpoint that is committed, or that the partition begins with.</summary>
    public void Committed(LakeImage image, long generation) => (_image, _generation) = (image, generation);

    /// <summary>Completes with the lake's position once it has everything up to <paramref name="position"/>, which is committed.</summary>
    public Task<long> WriteAsync(long position) => _isOver
        ? Task.FromException<long>(new InvalidOperationException($"partition {_partition} does not write to the lake any more"))
        : _waiting.Add(position);

    /// <summary>Begins to write if it is time.</summary>
    /// <param name="wake">Called when there is something to do again.</param>
    /// <param name="cancellationToken">Gives up; the next owner goes on.</param>
    public void Step(Action wake, CancellationToken cancellationToken)
    {
        if (_isOpen)
        {
            _waiting.Answer(_writer.Through);
        }

        if (_work.IsCompleted && !_isOver && _image is { } image && IsDue(image))
        {
            _work = WorkAsync(image, wake, cancellationToken);
        }
    }

    /// <summary>How long it may sleep.</summary>
    public TimeSpan Rest()
    {
        if (!_work.IsCompleted || _isOver || _image is not { } image || (_isOpen && image.Position <= _writer.Through))
        {
            return Timeout.InfiniteTimeSpan;
        }

        var (since, pause) = Trouble is null ? (_lastWritten, _options.WriteEvery) : (_failedAt, _options.RetryDelay);
        var left = pause - _time.GetElapsedTime(since);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Waits for what is under way, which should have been cancelled.</summary>
    public async Task StopAsync()
    {
        _isOver = true;
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _waiting.Fail($"partition {_partition} stopped before the lake was written");
    }

    private bool IsDue(LakeImage image)
    {
        if (Trouble is not null && _time.GetElapsedTime(_failedAt) < _options.RetryDelay)
        {
            return false;
        }

        if (!_isOpen)
        {
            return true;
        }

        return image.Position > _writer.Through
            && (_waiting.Any || image.Counts.Received - _writer.Received >= _options.WriteEvents || _time.GetElapsedTime(_lastWritten) >= _options.WriteEvery);
    }

    private async Task WorkAsync(LakeImage image, Action wake, CancellationToken cancellationToken)
    {
        try
        {
            using var turn = await _turns.TakeAsync(cancellationToken);
            if (!_isOpen)
            {
                var lacking = await _writer.OpenAsync(_generation, image.Since, cancellationToken);
                _isOpen = true;
                if (lacking > 0)
                {
                    LogLacking(_partition, lacking, image.Since);
                }
            }
            else
            {
                await _writer.WriteAsync(image, cancellationToken);
                _lastWritten = _time.GetTimestamp();
                foreach (var (first, last) in _writer.Lost)
                {
                    LogLost(_partition, first, last);
                }
            }

            Trouble = null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The partition is going.
        }
        catch (LakeConflictException exception) when (exception.IsFinal)
        {
            // The next commit will say the same of the partition.
            (_isOver, Trouble) = (true, exception.Message);
            _waiting.Fail(exception.Message);
            LogConflict(_partition, exception.Message);
        }
        catch (Exception exception)
        {
            (Trouble, _failedAt) = ($"the lake could not be written: {exception.Message}", _time.GetTimestamp());
            LogFailure(_partition, exception);

            // What the manifest says is not known any more.
            _isOpen = false;
        }
        finally
        {
            wake();
        }
    }

    [LoggerMessage(60, LogLevel.Error, "Partition {Partition}: the lake could not be written; it will be tried again, and the log keeps what the lake lacks")]
    private partial void LogFailure(int partition, Exception exception);

    [LoggerMessage(63, LogLevel.Critical, "Partition {Partition}: the lake lacks the positions {First} to {Last}: they were counted, and the log did not have them any more when they were to be written")]
    private partial void LogLost(int partition, long first, long last);

    [LoggerMessage(61, LogLevel.Warning, "Partition {Partition}: {Reason}")]
    private partial void LogConflict(int partition, string reason);

    [LoggerMessage(62, LogLevel.Warning, "Partition {Partition}: the lake lacks {Count} positions up to {Since}, which were read before there was a lake; import or backfill them")]
    private partial void LogLacking(int partition, long count, long since);
}
