namespace OrleansAnalytics.Partitions;

/// <summary>
/// The ETags of records written lately, so that most writes need not read what they replace. A hash chooses the place and the later record takes it, so
/// it knows nothing for certain but this: an ETag it holds was given once, to one record, and is still that record's. The store's thread alone.
/// </summary>
internal sealed class KnownETags
{
    // 16 MiB: the records of a million entities that are written again and again.
    private const int Places = 1 << 20;

    private readonly (ulong Record, long ETag)[] _places = new (ulong, long)[Places];

    /// <summary>True if the record surely has this ETag; false if that must be looked up.</summary>
    /// <param name="record">A hash of the record's key.</param>
    /// <param name="etag">The ETag; 0, for no record, is never known.</param>
    public bool Holds(ulong record, long etag) => etag != 0 && _places[record % Places] == (record, etag);

    /// <summary>The record is about to be written with a new ETag; 0 if it is removed.</summary>
    public void Set(ulong record, long etag) => _places[record % Places] = (record, etag);

    /// <summary>A write failed, and may or may not have happened: nothing is known any more.</summary>
    public void Clear() => Array.Clear(_places);
}
