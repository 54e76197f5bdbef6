namespace OrleansAnalytics.Ingest;

/// <summary>How the raw text of a rejected record is written: what one must know to read it again.</summary>
/// <param name="Kind">Its format.</param>
/// <param name="IsCut">Only its beginning is kept.</param>
/// <param name="Header">For <see cref="RawKind.Csv"/>: the header line of its file.</param>
[GenerateSerializer, Immutable, Alias("raw-form")]
public readonly record struct RawForm([property: Id(0)] RawKind Kind, [property: Id(1)] bool IsCut = false, [property: Id(2)] string? Header = null);

/// <summary>The format of one raw record. Numbers are stored and never reused.</summary>
public enum RawKind : byte
{
    /// <summary>Not known: it was kept by a version that did not say, or is no text.</summary>
    Unknown = 0,

    /// <summary>A JSON object.</summary>
    Json = 1,

    /// <summary>A CSV line.</summary>
    Csv = 2,

    /// <summary>A record of <see cref="BinaryEvents"/> that could not be told as JSON: it is damaged, or not UTF-8.</summary>
    Binary = 3,
}
