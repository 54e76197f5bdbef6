using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace OrleansAnalytics.Lake.Import;

/// <summary>
/// Work on hours, some of them at the same time, each on a thread and a connection of its own. Whoever adds waits while all are busy. Files are made durable
/// beside the work, as they come.
/// </summary>
internal sealed class HourQueue : IDisposable
{
    private readonly BlockingCollection<Func<HourWriter, HourResult>> _waiting;
    private readonly BlockingCollection<HourResult> _written = [];
    private readonly CancellationTokenSource _failed;
    private readonly ConcurrentDictionary<long, HourResult> _results = new();
    private readonly Task[] _workers;
    private readonly Task _flusher;

    /// <summary>Starts the threads.</summary>
    /// <param name="writers">One for each thread; closed with this.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public HourQueue(IReadOnlyList<HourWriter> writers, CancellationToken cancellationToken)
    {
        _failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _waiting = new BlockingCollection<Func<HourWriter, HourResult>>(writers.Count);
        _workers = [.. writers.Select(writer => Start(() => Work(writer)))];
        _flusher = Start(Flush);
    }

    /// <summary>Adds work.</summary>
    /// <exception cref="IOException">Earlier work failed: the disk is full.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Add(Func<HourWriter, HourResult> work)
    {
        try
        {
            _waiting.Add(work, _failed.Token);
        }
        catch (OperationCanceledException)
        {
            End();
            throw;
        }
    }

    /// <summary>Waits until all is done and durable; answers the results by hour, the latest of each.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyDictionary<long, HourResult> Finish()
    {
        End();
        return _results;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _failed.Cancel();
        try
        {
            End();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidDataException)
        {
            // Told already, or nobody wants to know any more.
        }

        _waiting.Dispose();
        _written.Dispose();
        _failed.Dispose();
    }

    private static Task Start(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Work(HourWriter writer)
    {
        using var closing = writer;
        try
        {
            foreach (var work in _waiting.GetConsumingEnumerable(_failed.Token))
            {
                var result = work(writer);
                _results[result.Hour] = result;
                _written.Add(result, _failed.Token);
            }
        }
        catch
        {
            _failed.Cancel();
            throw;
        }
    }

    private void Flush()
    {
        try
        {
            foreach (var result in _written.GetConsumingEnumerable(_failed.Token))
            {
                if (result.Path is { } path)
                {
                    ParquetFile.Flush(path);
                }
            }
        }
        catch
        {
            _failed.Cancel();
            throw;
        }
    }

    /// <summary>Waits for the threads, and throws what one of them met first that is not the end of another.</summary>
    private void End()
    {
        if (!_waiting.IsAddingCompleted)
        {
            _waiting.CompleteAdding();
        }

        Task.WaitAny([Task.WhenAll(_workers)]);
        if (!_written.IsAddingCompleted)
        {
            _written.CompleteAdding();
        }

        Task.WaitAny([_flusher]);
        var failures = _workers.Append(_flusher).SelectMany(task => task.Exception?.InnerExceptions ?? []).ToList();
        if (failures.OrderBy(failure => failure is OperationCanceledException).FirstOrDefault() is { } first)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
