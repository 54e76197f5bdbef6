namespace OrleansAnalytics.Ingest;

/// <summary>The fields of one binary record, one after the other: the encoding of Protocol Buffers without its groups.</summary>
/// <param name="record">The record, without its length.</param>
internal ref struct BinaryFields(ReadOnlySpan<byte> record)
{
    private const int WireVarint = 0;
    private const int WireFixed64 = 1;
    private const int WireBytes = 2;
    private const int WireFixed32 = 5;

    private readonly ReadOnlySpan<byte> _record = record;
    private int _at;

    /// <summary>The number of the field.</summary>
    public int Number { get; private set; }

    /// <summary>Its value, if it is a varint.</summary>
    public ulong Value { get; private set; }

    /// <summary>True if it is a text or bytes, which begin at <see cref="Start"/>.</summary>
    public bool IsBytes { get; private set; }

    /// <summary>True if it is a varint.</summary>
    public bool IsVarint { get; private set; }

    /// <summary>Where its bytes begin in the record.</summary>
    public int Start { get; private set; }

    /// <summary>How many bytes it has.</summary>
    public int Length { get; private set; }

    /// <summary>What is wrong with the record, in words; null if nothing is, so far.</summary>
    public string? Problem { get; private set; }

    /// <summary>Goes to the next field; false at the end, or where the record is damaged.</summary>
    public bool Next()
    {
        if (_at == _record.Length)
        {
            return false;
        }

        if (!TryVarint(out var key) || key >> 3 is 0 or > int.MaxValue)
        {
            return Damaged("has no field");
        }

        Number = (int)(key >> 3);
        (IsVarint, IsBytes) = (false, false);
        switch ((int)(key & 7))
        {
            case WireVarint:
                IsVarint = true;
                if (!TryVarint(out var value))
                {
                    return Damaged("has a number that is cut or too long");
                }

                Value = value;
                return true;
            case WireBytes:
                IsBytes = true;
                return (TryVarint(out var length) && Take(length)) || Damaged("has a text that is longer than the record");
            case WireFixed64:
                return Take(sizeof(ulong)) || Damaged("is cut");
            case WireFixed32:
                return Take(sizeof(uint)) || Damaged("is cut");
            default:
                return Damaged("has a field of a type that is not known");
        }
    }

    private bool Take(ulong length)
    {
        if (length > (ulong)(_record.Length - _at))
        {
            return false;
        }

        (Start, Length) = (_at, (int)length);
        _at += Length;
        return true;
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (var shift = 0; shift < 64 && _at < _record.Length; shift += 7)
        {
            var b = _record[_at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    private bool Damaged(string how)
    {
        Problem = $"the binary record {how} at byte {_at}";
        return false;
    }
}
