namespace OrleansAnalytics.Ingest;

/// <summary>Why an event went to the dead letters: the first that holds, in this order. Numbers are stored and never reused.</summary>
public enum RejectReason : byte
{
    /// <summary>Not a record of its format: wrong number of columns, not JSON, not UTF-8.</summary>
    Malformed = 1,

    /// <summary>The event time is missing, unreadable or out of range.</summary>
    BadTime = 2,

    /// <summary>The kind is none of the five.</summary>
    UnknownKind = 3,

    /// <summary>No user.</summary>
    MissingUser = 4,

    /// <summary>No product, though the kind needs one (or no URL for a page visit).</summary>
    MissingProduct = 5,

    /// <summary>Price, quantity or duration is negative or not a number.</summary>
    BadPrice = 6,

    /// <summary>An id in floating-point notation, as spreadsheets leave it: <c>2.10381E+18</c>.</summary>
    MangledId = 7,

    /// <summary>A field or the whole record is longer than the limit.</summary>
    TooLong = 8,

    /// <summary>The event time lies further ahead of the clock than allowed.</summary>
    InTheFuture = 9,

    /// <summary>Another producer wrote the event to a partition of the log that is not its user's. Never given at the door.</summary>
    WrongPartition = 10,

    /// <summary>Accepted, but folding it into an entity failed; kept with its position. Not counted as rejected.</summary>
    Poison = 100,

    /// <summary>A stored batch could not be read back (checksum or format). Not counted as rejected.</summary>
    Damaged = 101,
}

/// <summary>Names of <see cref="RejectReason"/> on the wire and in reports: <c>mangled_id</c>.</summary>
public static class RejectReasons
{
    /// <summary>The reasons the door can give, in the order they are tried.</summary>
    public static IReadOnlyList<RejectReason> AtTheDoor { get; } =
    [
        RejectReason.Malformed, RejectReason.BadTime, RejectReason.UnknownKind, RejectReason.MissingUser, RejectReason.MissingProduct,
        RejectReason.BadPrice, RejectReason.MangledId, RejectReason.TooLong, RejectReason.InTheFuture,
    ];

    /// <summary>The name on the wire.</summary>
    public static string Name(this RejectReason reason) => reason switch
    {
        RejectReason.Malformed => "malformed",
        RejectReason.BadTime => "bad_time",
        RejectReason.UnknownKind => "unknown_kind",
        RejectReason.MissingUser => "missing_user",
        RejectReason.MissingProduct => "missing_product",
        RejectReason.BadPrice => "bad_price",
        RejectReason.MangledId => "mangled_id",
        RejectReason.TooLong => "too_long",
        RejectReason.InTheFuture => "in_the_future",
        RejectReason.WrongPartition => "wrong_partition",
        RejectReason.Poison => "poison",
        RejectReason.Damaged => "damaged",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "not a reason"),
    };

    /// <summary>The reason with this name on the wire; false if there is none.</summary>
    public static bool TryParse(string name, out RejectReason reason)
    {
        foreach (var candidate in Enum.GetValues<RejectReason>())
        {
            if (candidate.Name() == name)
            {
                reason = candidate;
                return true;
            }
        }

        reason = default;
        return false;
    }
}
