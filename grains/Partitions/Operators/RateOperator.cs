using System.Runtime.InteropServices;
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

    // Before version 2 all windows were in this part.
    private const byte FormatVersion = 2;
    private const byte FirstWithSegments = 2;
    private const string Part = "rate";

    // Where a window is, as its number: they are numbered as they are opened.
    private readonly Dictionary<(ulong User, long Window), long> _open = [];
    private readonly RateWindows _windows = new();
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
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_open, (input.UserHash, window), out var known);
        if (!known)
        {
            number = _windows.Add(new RateWindow { User = input.UserHash, Number = window, Opened = input.Position });
        }

        if (_windows.CountIn(number) == _options.RateLimit + 1)
        {
            OverTheRate++;
        }

        if (!known)
        {
            ForgetOld(input.Position, input.WatermarkMs);
        }
    }

    /// <inheritdoc/>
    public void Capture(OperatorImage image)
    {
        image.Put(Part, output =>
        {
            var writer = new FormatWriter(output);
            writer.Byte(FormatVersion);
            writer.Count(OverTheRate);
            writer.Count(_windows.First);
        });
        _windows.Capture(image);
    }

    /// <inheritdoc/>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> parts)
    {
        _open.Clear();
        _windows.Clear();
        OverTheRate = 0;
        if (!parts.TryGetValue(Part, out var stored))
        {
            return;
        }

        var reader = new FormatReader(stored.Span);
        var version = reader.Version(FormatVersion, RateWindows.Format);
        OverTheRate = reader.Count();
        if (version >= FirstWithSegments)
        {
            _windows.Restore(parts, first: reader.Count());
        }
        else
        {
            for (var left = reader.Items(); left > 0; left--)
            {
                _windows.Add(RateWindow.Read(ref reader));
            }
        }

        reader.End(RateWindows.Format);
        for (var number = _windows.First; number < _windows.End; number++)
        {
            var window = _windows[number];
            if (!_open.TryAdd((window.User, window.Number), number))
            {
                throw new DamagedFormatException($"window {window.Number} of user {window.User:x16} is there twice");
            }
        }
    }

    private void ForgetOld(long position, long watermarkMs)
    {
        while (_open.Count > 0)
        {
            var oldest = _windows[_windows.First];
            var ended = (oldest.Number + 1) * _windowMs < watermarkMs && oldest.Opened + _options.StragglerEvents < position;
            if (!ended && _open.Count <= _options.MaxRateWindows)
            {
                return;
            }

            if (!ended)
            {
                _limits.Reached(RateWindowsLimit);
            }

            _open.Remove((oldest.User, oldest.Number));
            _windows.RemoveFirst();
        }
    }
}
