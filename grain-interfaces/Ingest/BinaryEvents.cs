namespace OrleansAnalytics.Ingest;

/// <summary>
/// The binary form of events over HTTP, as <c>BINARY-EVENTS.md</c> describes it: <see cref="Beginning"/>, then records, each its length as a varint and
/// a message in the encoding of Protocol Buffers. Names and numbers on the wire never change.
/// </summary>
public static class BinaryEvents
{
    /// <summary>The media type of a batch.</summary>
    public const string MediaType = "application/vnd.orleans-analytics.events";

    /// <summary>The version of the form, the last byte of <see cref="Beginning"/>. A server answers 415 to a newer one.</summary>
    public const byte FormatVersion = 1;

    /// <summary>Milliseconds since 1970-01-01 UTC, a varint (<c>int64</c>).</summary>
    public const int EventTime = 1;

    /// <summary>The number of the event kind, a varint.</summary>
    public const int EventType = 2;

    /// <summary>The product, a text like all that follow.</summary>
    public const int ProductId = 3;

    /// <summary>The product's category.</summary>
    public const int CategoryId = 4;

    /// <summary>The dotted name of the category.</summary>
    public const int CategoryCode = 5;

    /// <summary>The product's brand.</summary>
    public const int Brand = 6;

    /// <summary>The price of one piece as a decimal number in a text, in currency units: exact, and the same as in JSON.</summary>
    public const int Price = 7;

    /// <summary>Who did it.</summary>
    public const int UserId = 8;

    /// <summary>The shop's own session key.</summary>
    public const int UserSession = 9;

    /// <summary>The producer's identity of the event.</summary>
    public const int EventId = 10;

    /// <summary>The page.</summary>
    public const int Url = 11;

    /// <summary>How long the page was looked at, in seconds, as a decimal number in a text.</summary>
    public const int PageViewDuration = 12;

    /// <summary>Pieces, as a decimal number in a text.</summary>
    public const int Quantity = 13;

    /// <summary>The order that an order line belongs to.</summary>
    public const int TransactionId = 14;

    /// <summary>What is no text of any kind, and the version.</summary>
    public static ReadOnlySpan<byte> Beginning => [0x89, (byte)'O', (byte)'A', (byte)'E', FormatVersion];
}
