namespace OrleansAnalytics.Ingest;

/// <summary>How a body or file divides into records.</summary>
public enum RecordFormat
{
    /// <summary>A header line and a line per record.</summary>
    Csv,

    /// <summary>An array of objects, or objects one after the other, on as many lines as they like.</summary>
    Json,

    /// <summary>An object per line.</summary>
    JsonLines,

    /// <summary>One of the two above, by how the text begins. Only asked for, never found.</summary>
    AnyJson,

    /// <summary>Records with their length before them; see <see cref="BinaryEvents"/>.</summary>
    Binary,
}

/// <summary>Recognises formats by what is said about them, else by how they begin.</summary>
public static class RecordFormats
{
    private const string Gzip = ".gz";

    /// <summary>The format of a media type; null if it leaves it open (<c>application/octet-stream</c>, gzip, none).</summary>
    /// <returns>False if the media type is none that is read here.</returns>
    public static bool TryFromMediaType(string? mediaType, out RecordFormat? format)
    {
        RecordFormat? named = mediaType?.ToLowerInvariant() switch
        {
            "text/csv" or "application/csv" or "application/vnd.ms-excel" => RecordFormat.Csv,
            "application/x-ndjson" or "application/ndjson" or "application/jsonl" or "application/x-jsonl" or "application/jsonlines"
                => RecordFormat.JsonLines,
            "application/json" or "text/json" => RecordFormat.AnyJson,
            BinaryEvents.MediaType => RecordFormat.Binary,
            _ => null,
        };
        format = named;
        return named is not null || mediaType?.ToLowerInvariant() is null or "" or "text/plain" or "application/octet-stream"
            or "application/gzip" or "application/x-gzip";
    }

    /// <summary>The format by the end of a file's name, <c>.gz</c> aside; null if it says nothing.</summary>
    public static RecordFormat? FromFileName(string name)
    {
        var plain = name.EndsWith(Gzip, StringComparison.OrdinalIgnoreCase) ? name[..^Gzip.Length] : name;
        return Path.GetExtension(plain).ToLowerInvariant() switch
        {
            ".csv" => RecordFormat.Csv,
            ".ndjson" or ".jsonl" => RecordFormat.JsonLines,
            ".json" => RecordFormat.AnyJson,
            _ => null,
        };
    }

    /// <summary>
    /// The format that was asked for, if that leaves nothing open, else by the beginning of the text: <c>[</c> is JSON, <c>{</c> is an object per line if the first line is a whole object, else
    /// JSON, what begins like a binary batch is one, anything else is CSV.
    /// </summary>
    public static RecordFormat Resolve(RecordFormat? asked, ReadOnlySpan<byte> beginning)
    {
        if (asked is { } known and not RecordFormat.AnyJson)
        {
            return known;
        }

        var found = FromBeginning(beginning);

        // What says it is JSON and is none is a malformed record per line, not a table with wrong columns.
        return asked == RecordFormat.AnyJson && found is RecordFormat.Csv or RecordFormat.Binary ? RecordFormat.JsonLines : found;
    }

    private static RecordFormat FromBeginning(ReadOnlySpan<byte> beginning)
    {
        if (BinaryFraming.IsBeginning(beginning))
        {
            return RecordFormat.Binary;
        }

        var text = beginning.TrimStart(" \t\r\n"u8);
        if (text.IsEmpty || text[0] is not ((byte)'[' or (byte)'{'))
        {
            return RecordFormat.Csv;
        }

        if (text[0] == '[')
        {
            return RecordFormat.Json;
        }

        var end = text.IndexOf((byte)'\n');
        var line = (end < 0 ? text : text[..end]).TrimEnd(" \t\r"u8);
        var scanner = new JsonScanner();
        return scanner.Scan(line, untilComma: false, out var used) && used == line.Length ? RecordFormat.JsonLines : RecordFormat.Json;
    }
}
