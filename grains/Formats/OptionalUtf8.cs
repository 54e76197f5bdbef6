namespace OrleansAnalytics.Formats;

/// <summary>A text in UTF-8 that may be missing, which is not the same as empty.</summary>
/// <param name="bytes">The text; empty if there is none.</param>
/// <param name="exists">Whether there is one.</param>
public readonly ref struct OptionalUtf8(ReadOnlySpan<byte> bytes, bool exists)
{
    /// <summary>The text; empty if there is none.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>Whether there is one.</summary>
    public bool Exists { get; } = exists;
}
