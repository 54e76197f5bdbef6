using System.Text;

namespace OrleansAnalytics.Ingest;

/// <summary>The text of one record to be read again: that of a dead letter, or a corrected one.</summary>
/// <param name="Form">How it is written.</param>
/// <param name="Record">The record.</param>
internal readonly record struct LetterText(RawForm Form, ReadOnlyMemory<byte> Record)
{
    private static ReadOnlySpan<byte> Blank => " \t\r\n"u8;

    /// <summary>The text that a letter kept; if it cannot be read again, why.</summary>
    public static LetterText? Of(DeadLetter letter, out string? problem)
    {
        problem = letter switch
        {
            { Form.IsCut: true } => $"only the first {letter.Raw.Length} bytes of the record were kept; replay it with the whole record",
            { Form.Kind: RawKind.Unknown } when !letter.Raw.Span.StartsWith("{"u8) => "the columns of its file were not kept; replay it with a header and the record",
            _ => null,
        };
        var form = letter.Form.Kind == RawKind.Unknown ? new RawForm(RawKind.Json) : letter.Form;
        return problem is null ? new LetterText(form, letter.Raw) : null;
    }

    /// <summary>
    /// The one record of a body: a JSON object, or a CSV header and a line, or a line alone under the header of the letter it corrects. If it is none
    /// of these, why.
    /// </summary>
    public static LetterText? OfCorrection(ReadOnlyMemory<byte> body, RecordFormat? asked, RawForm corrected, out string? problem)
    {
        problem = null;
        var text = Trim(body.Span.StartsWith("\uFEFF"u8) ? body["\uFEFF"u8.Length..] : body);
        if (text.IsEmpty)
        {
            problem = "there is nothing in it";
            return null;
        }

        if (text.Span[0] is (byte)'{' or (byte)'[' || (asked is not null and not RecordFormat.Csv))
        {
            return new LetterText(new RawForm(RawKind.Json), text);
        }

        var end = text.Span.IndexOf((byte)'\n');
        if (end < 0)
        {
            problem = corrected.Kind == RawKind.Csv ? null : "the columns are not known; send a header and the record";
            return problem is null ? new LetterText(corrected with { IsCut = false }, text) : null;
        }

        var record = Trim(text[(end + 1)..]);
        problem = record.Span.Contains((byte)'\n') ? "there is more than one record in it" : null;
        return problem is null ? new LetterText(new RawForm(RawKind.Csv, Header: Encoding.UTF8.GetString(Trim(text[..end]).Span)), record) : null;
    }

    /// <summary>Reads the record into a draft.</summary>
    /// <returns>False, with the problem, if it is malformed.</returns>
    /// <exception cref="SourceException">The header is none that is known.</exception>
    public bool TryParse(EventDraft draft, out string? problem)
    {
        IRecordParser parser = Form.Kind switch
        {
            RawKind.Csv => new CsvRecordParser(CsvColumns.Parse(Encoding.UTF8.GetBytes(Form.Header ?? ""))),
            RawKind.Binary => new BinaryRecordParser(),
            _ => new JsonRecordParser(),
        };
        return parser.TryParse(Record, draft, out problem);
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> text)
    {
        var start = text.Length - text.Span.TrimStart(Blank).Length;
        return text[start..(start + text.Span.Trim(Blank).Length)];
    }
}
