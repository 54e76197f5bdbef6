using System.Buffers.Text;

namespace OrleansAnalytics.Generator;

/// <summary>Formats rows into bytes. The date and time are formatted once per second of event time.</summary>
internal sealed class RowBuffer(int capacity)
{
    /// <summary>Bytes of <c>,user_id,user_session⏎</c>: nine digits and a GUID.</summary>
    public const int WhoLength = 1 + 9 + 1 + 36 + 1;

    /// <summary>More than any row has.</summary>
    private const int MaxRow = 512;

    private readonly byte[] _bytes = new byte[capacity];
    private readonly byte[] _time = "0000-00-00 00:00:00 UTC,"u8.ToArray();
    private long _timeIs = long.MinValue;
    private int _lastRowAt;

    /// <summary>Bytes in the buffer.</summary>
    public int Length { get; private set; }

    /// <summary>True if another row may not fit.</summary>
    public bool IsFull => Length > _bytes.Length - MaxRow;

    /// <summary>What was written since <see cref="Clear"/>.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    public void Clear() => Length = _lastRowAt = 0;

    /// <summary>Adds bytes as they are.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>Adds a row.</summary>
    /// <param name="time">Seconds since 1970-01-01 UTC.</param>
    /// <param name="kind">The kind with a comma behind it.</param>
    /// <param name="product">The product's columns.</param>
    /// <param name="who">A comma, the user, a comma, the session, a line feed.</param>
    public void AddRow(long time, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> product, ReadOnlySpan<byte> who)
    {
        if (time != _timeIs)
            FormatTime(time);
        _lastRowAt = Length;
        Add(_time);
        Add(kind);
        Add(product);
        Add(who);
    }

    /// <summary>Adds the last row again; it must still be in the buffer.</summary>
    public void RepeatRow()
    {
        var row = _bytes.AsSpan(_lastRowAt, Length - _lastRowAt);
        _lastRowAt = Length;
        Add(row);
    }

    /// <summary>Formats who does something, <see cref="WhoLength"/> bytes.</summary>
    public static void FormatWho(long user, Guid session, Span<byte> target)
    {
        target[0] = (byte)',';
        Utf8Formatter.TryFormat(user, target[1..], out _);
        target[10] = (byte)',';
        Utf8Formatter.TryFormat(session, target[11..], out _);
        target[^1] = (byte)'\n';
    }

    private void FormatTime(long time)
    {
        var at = DateTime.UnixEpoch.AddSeconds(time);
        Digits(0, 4, at.Year);
        Digits(5, 2, at.Month);
        Digits(8, 2, at.Day);
        Digits(11, 2, at.Hour);
        Digits(14, 2, at.Minute);
        Digits(17, 2, at.Second);
        _timeIs = time;
    }

    private void Digits(int at, int count, int value)
    {
        for (var i = at + count - 1; i >= at; i--)
        {
            _time[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
