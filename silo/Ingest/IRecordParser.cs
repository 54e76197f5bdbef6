namespace OrleansAnalytics.Ingest;

/// <summary>Reads one record into a draft. Used again for record after record; not safe for concurrent use.</summary>
public interface IRecordParser
{
    /// <summary>Fills the draft; its texts point into <paramref name="record"/> or into the parser and hold until the next call.</summary>
    /// <param name="record">The record as it came.</param>
    /// <param name="draft">The draft; cleared first.</param>
    /// <param name="problem">What is wrong with the record, in words.</param>
    /// <returns>False if the record is malformed.</returns>
    bool TryParse(ReadOnlyMemory<byte> record, EventDraft draft, out string? problem);
}
