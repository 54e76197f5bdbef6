namespace OrleansAnalytics.Partitions;

/// <summary>
/// The ETags of records written lately, so that most writes need not read what they replace: two to a place, which a hash of the record chooses, the later one first. An ETag is given
/// once, to one record, so what is kept is one number made of both. The store's thread alone.
/// </summary>
internal sealed class KnownETags
{
    // 16 MiB: the records of two million entities that are written again and again.
    private const int Places = 1 << 20;

    private readonly long[] _kept = new long[2 * Places];

    /// <summary>True if the record has this ETag; false if that must be looked up. It is wrong only by a coincidence of 64 bits, for a write that would have to be refused.</summary>
    /// <param name="record">A hash of the record's key.</param>
    /// <param name="etag">The ETag; 0, for no record, is never known.</param>
    public bool Holds(ulong record, long etag)
    {
        var (place, kept) = (PlaceOf(record), Kept(record, etag));
        return etag != 0 && (_kept[place] == kept || _kept[place + 1] == kept);
    }

    /// <summary>The record is about to be written.</summary>
    /// <param name="record">A hash of the record's key.</param>
    /// <param name="old">The ETag it has; 0 if there is no record.</param>
    /// <param name="etag">The ETag it will have; 0 if it is removed.</param>
    public void Set(ulong record, long old, long etag)
    {
        var (place, kept) = (PlaceOf(record), Kept(record, etag));
        if (_kept[place] != Kept(record, old))
        {
            // Either the second is replaced, or the older of two others gives way.
            _kept[place + 1] = _kept[place];
        }

        _kept[place] = kept;
    }

    /// <summary>A write failed, and may or may not have happened: nothing is known any more.</summary>
    public void Clear() => Array.Clear(_kept);

    private static int PlaceOf(ulong record) => 2 * (int)(record % Places);

    private static long Kept(ulong record, long etag) => (long)record ^ etag;
}
