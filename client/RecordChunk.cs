namespace OrleansAnalytics.Client;

/// <summary>How records are written in a file.</summary>
public enum RecordFormat
{
    /// <summary>Comma-separated values; the first line names the columns; one line is one record.</summary>
    Csv = 0,

    /// <summary>One JSON object on each line.</summary>
    JsonLines = 1,
}

/// <summary>A part of a file that can be sent by itself: whole lines, for CSV with the header before them.</summary>
/// <param name="Body">The bytes.</param>
/// <param name="FirstRecord">The number of its first record in the file, from 1; header and blank lines are not counted.</param>
/// <param name="Records">How many records it has.</param>
public sealed record RecordChunk(ReadOnlyMemory<byte> Body, long FirstRecord, int Records);
