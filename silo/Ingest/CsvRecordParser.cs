namespace OrleansAnalytics.Ingest;

/// <summary>Reads one row.</summary>
/// <param name="columns">What the columns mean.</param>
public sealed class CsvRecordParser(CsvColumns columns) : IRecordParser
{
    private readonly CsvSplitter _splitter = new();

    /// <inheritdoc/>
    public bool TryParse(ReadOnlyMemory<byte> record, EventDraft draft, out string? problem)
    {
        draft.Clear();
        draft.Raw = record;
        draft.DefaultKind = columns.DefaultKind;
        _splitter.Begin(record);
        var column = 0;
        for (; _splitter.HasMore; column++)
        {
            if (column == columns.Count)
            {
                problem = $"more than {columns.Count} columns";
                return false;
            }

            if (!_splitter.TryNext(out var text))
            {
                problem = $"column {column + 1} has quotes that do not fit";
                return false;
            }

            if (columns[column] is { } field)
            {
                draft[field] = text;
            }
        }

        problem = column == columns.Count ? null : $"{column} columns instead of {columns.Count}";
        return problem is null;
    }
}
