using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// Counts a user's events in windows of fixed length aligned to 1970-01-01 and, of those windows, the ones with more events than the limit. A window
/// stays open for stragglers until it lies behind the watermark and a number of further events have come, so that replaying old
/// data counts like living through it.
/// </summary>
public sealed class RateOperator : IOperator
{
    /// <summary>Limit: more windows open than kept; one was forgotten before its time.</summary>
    public const string RateWindowsLimit = "rate_windows";

    private const byte FormatVersion = 1;
    private const string Part = "rate";

    private readonly Dictionary<(ulong User, long Window), int> _counts = [];
    private readonly Queue<(ulong User, long Window, long Opened)> _byOpening = new();
    private readonly OperatorOptions _options;
    private readonly LimitCounts _limits;
    private readonly long _windowMs;

    /// <summary>An operator without windows.</summary>
    public RateOperator(OperatorOptions options, LimitCounts limits)
    {
        _options = options;
        _limits = limits;
        _windowMs = (long)options.RateWindow.TotalMilliseconds;
    }

    /// <summary>Windows so far with more events than the limit.</summary>
    public long OverTheRate { get; private set; }

    /// <inheritdoc/>
    public void OnEvent(in OperatorInput input)
    {
        // Event times begin in 1970, so plain division rounds down.
        var window = input.Event.TimeMs / _windowMs;
        ref var count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_counts, (input.UserHash, window), out var known);
        count++;
        if (count == _options.RateLimit + 1)
        {
            OverTheRate++;
        }

        if (!known)
        {
            _byOpening.Enqueue((input.UserHash, window, input.Position));
            ForgetOld(input.Position, input.WatermarkMs);
        }
    }

    /// <inheritdoc/>
    public void Capture(OperatorImage image) => image.Put(Part, output =>
    {
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        writer.Count(OverTheRate);
        writer.Count(_byOpening.Count);
        foreach (var (user, window, opened) in _byOpening)
        {
            writer.Fixed64(user);
            writer.Signed(window);
            writer.Count(opened);
            writer.Count(_counts[(user, window)]);
        }
    });

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _counts.Clear();
        _byOpening.Clear();
        OverTheRate = 0;
        if (!parts.TryGetValue(Part, out var stored))
        {
            return;
        }

        var reader = new FormatReader(stored.Span);
        reader.Version(FormatVersion, "rate windows");
        OverTheRate = reader.Count();
        for (var left = reader.Items(); left > 0; left--)
        {
            var user = reader.Fixed64();
            var window = reader.Signed();
            _byOpening.Enqueue((user, window, reader.Count()));
            if (!_counts.TryAdd((user, window), (int)reader.Count()))
            {
                throw new DamagedFormatException($"window {window} of user {user:x16} is there twice");
            }
        }

        reader.End("rate windows");
    }

    private void ForgetOld(long position, long watermarkMs)
    {
        while (_byOpening.TryPeek(out var oldest))
        {
            var ended = (oldest.Window + 1) * _windowMs < watermarkMs && oldest.Opened + _options.StragglerEvents < position;
            if (!ended && _byOpening.Count <= _options.MaxRateWindows)
            {
                return;
            }

            if (!ended)
            {
                _limits.Reached(RateWindowsLimit);
            }

            _counts.Remove((oldest.User, oldest.Window));
            _byOpening.Dequeue();
        }
    }
}
