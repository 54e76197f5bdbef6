using System.Text;

namespace OrleansAnalytics.Ingest;

/// <summary>Why <see cref="RecordLoop"/> stopped.</summary>
public enum LoopStop : byte
{
    /// <summary>All whole records are taken.</summary>
    NeedMore = 0,

    /// <summary>The session is full.</summary>
    Full = 1,

    /// <summary>No further record can be found.</summary>
    Broken = 2,
}

/// <summary>The part of reading that does not wait: record after record from the buffer through the parser into the session.</summary>
public sealed class RecordLoop
{
    private readonly IngestSession _session;
    private readonly IRecordFraming _framing;
    private readonly EventDraft _draft = new();
    private IRecordParser? _parser;

    /// <summary>Begins a text.</summary>
    public RecordLoop(RecordFormat format, IngestSession session)
    {
        var options = session.Options;
        _session = session;
        session.Form = new RawForm(format switch
        {
            RecordFormat.Csv => RawKind.Unknown,
            RecordFormat.Binary => RawKind.Binary,
            _ => RawKind.Json,
        });
        _parser = format switch
        {
            RecordFormat.Csv => null,
            RecordFormat.Binary => new BinaryRecordParser(),
            _ => new JsonRecordParser(),
        };
        _framing = format switch
        {
            RecordFormat.Json => new JsonFraming(options.MaxRecordBytes, options.MaxDeadLetterBytes),
            RecordFormat.Binary => new BinaryFraming(options.MaxRecordBytes, options.MaxDeadLetterBytes),
            _ => new LineFraming(options.MaxRecordBytes, options.MaxDeadLetterBytes),
        };
        WhyBroken = format == RecordFormat.Binary ? "a record is cut, or its length is wrong" : "the JSON does not hold together from here";
    }

    /// <summary>What is wrong where it stops with <see cref="LoopStop.Broken"/>.</summary>
    public string WhyBroken { get; }

    /// <summary>Takes what is there.</summary>
    /// <exception cref="SourceException">The first line is no header that is known, or the beginning is not that of the format.</exception>
    public LoopStop Run(SourceBuffer buffer)
    {
        while (!_session.IsFull)
        {
            var unread = buffer.Unread;
            var frame = _framing.Next(unread.Span, buffer.IsLast);
            Take(frame, unread.Slice(frame.Start, frame.Length));
            buffer.Consume(frame.Consumed);
            if (frame.Kind is FrameKind.NeedMore or FrameKind.Broken)
            {
                return frame.Kind == FrameKind.Broken ? LoopStop.Broken : LoopStop.NeedMore;
            }
        }

        return LoopStop.Full;
    }

    /// <summary>Ends a whole text.</summary>
    /// <exception cref="SourceException">There was nothing in it.</exception>
    public void Complete()
    {
        if (_parser is null)
        {
            throw new SourceException(SourceProblem.Empty, "there is nothing in it");
        }
    }

    private void Take(Frame frame, ReadOnlyMemory<byte> record)
    {
        if (frame.Kind == FrameKind.Record)
        {
            Take(record);
        }
        else if (frame.Kind == FrameKind.TooLong)
        {
            _ = _parser ?? throw new SourceException(SourceProblem.WrongColumns, "the header is longer than a record may be");
            _session.Reject(RejectReason.TooLong, record.Span, isCut: true);
        }
    }

    private void Take(ReadOnlyMemory<byte> record)
    {
        if (_parser is null)
        {
            _parser = new CsvRecordParser(CsvColumns.Parse(record));
            // It is kept with each rejected line, so it has the same limit.
            _session.Form = record.Length <= _session.Options.MaxDeadLetterBytes ? new RawForm(RawKind.Csv, Header: Encoding.UTF8.GetString(record.Span)) : default;
        }
        else if (_parser.TryParse(record, _draft, out var problem))
        {
            _session.Add(_draft);
        }
        else
        {
            _session.Reject(RejectReason.Malformed, record.Span, problem);
        }
    }
}
