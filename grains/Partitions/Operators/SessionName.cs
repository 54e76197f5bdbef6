using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>
/// What the sessions of one user and session key are found by: hashes of both, so that no open session holds texts. Two names that differ have the same hashes as rarely as two events have
/// the same id: never, unless somebody looks for such names, who then has two of their own sessions counted as one.
/// </summary>
/// <param name="User"><see cref="StoredHash"/> of the user's id.</param>
/// <param name="Key"><see cref="StoredHash"/> of the session key; 0 for none.</param>
internal readonly record struct SessionName(ulong User, ulong Key)
{
    /// <summary>The name under which the session of an event is found.</summary>
    public static SessionName Of(in OperatorInput input) => new(input.UserHash, input.SessionKeyHash);

    /// <summary>The name of these texts.</summary>
    public static SessionName Of(string userId, string? sessionKey) => new(StoredHash.Of(userId), HashOf(sessionKey));

    /// <summary>Its place in a table of hashes, under keys that each process draws for itself (<see cref="KeyedHash{T}"/>).</summary>
    public uint Place => (uint)(((User * KeyedHash<ulong>.Key) + (Key * KeyedHash<SessionName>.Key)) >> 32);

    /// <summary>Writes the name.</summary>
    public void WriteTo(FormatWriter writer)
    {
        writer.Fixed64(User);
        writer.Fixed64(Key);
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    public static SessionName Read(ref FormatReader reader) => new(reader.Fixed64(), reader.Fixed64());

    /// <summary>See <see cref="Key"/>.</summary>
    public static ulong HashOf(string? sessionKey) => sessionKey is null ? 0 : Math.Max(1, StoredHash.Of(sessionKey));
}
