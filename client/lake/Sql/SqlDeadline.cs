using System.Data.Common;

namespace OrleansAnalytics.Lake;

/// <summary>
/// Interrupts a command when its time is over or its caller gives up, again and again until it is disposed: an interrupt that comes before the engine has
/// begun would otherwise be lost.
/// </summary>
internal sealed class SqlDeadline : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly DbCommand _command;
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _registration;
    private bool _over;

    /// <summary>The time begins now.</summary>
    public SqlDeadline(DbCommand command, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        _command = command;
        _timer = time.CreateTimer(static self => ((SqlDeadline)self!).Interrupt(), this, limit, Again);
        _registration = cancellationToken.Register(() => _timer.Change(TimeSpan.Zero, Again));
    }

    /// <summary>True once the command has been interrupted.</summary>
    public bool HasInterrupted { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Behind the lock no interrupt is under way, and none will come: the next command of the connection must not meet one.
        lock (_lock)
        {
            _over = true;
        }

        _registration.Dispose();
        _timer.Dispose();
    }

    private void Interrupt()
    {
        lock (_lock)
        {
            if (!_over)
            {
                HasInterrupted = true;
                _command.Cancel();
            }
        }
    }
}
