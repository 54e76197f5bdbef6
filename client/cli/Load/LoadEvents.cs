using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using OrleansAnalytics.Events;
using OrleansAnalytics.Generator;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Cli;

/// <summary>A body with events, made before its time.</summary>
/// <param name="Body">The bytes.</param>
/// <param name="Events">How many events.</param>
/// <param name="Time">The event time of all of them: when it is to be sent.</param>
/// <param name="User">The user of the last event.</param>
internal sealed record LoadBatch(byte[] Body, int Events, DateTimeOffset Time, string User);

/// <summary>
/// Batches of a generated shop. Bytes go from the generator's rows into the body without a text in between, because the load shares the machine with the
/// server more often than not. The generator's texts are plain ASCII, so nothing needs an escape. Not safe for concurrent use.
/// </summary>
internal sealed class LoadEvents : IDisposable
{
    private const int Columns = 9;

    private readonly LoadFormat _format;
    private readonly int _perBatch;
    private readonly byte[] _idPrefix;
    private readonly IEnumerator<ReadOnlyMemory<byte>> _chunks;
    private readonly ArrayBufferWriter<byte> _body = new(256 * 1024);
    private readonly ArrayBufferWriter<byte> _record = new(1024);
    private readonly Range[] _columns = new Range[Columns];
    private readonly LoadSkew? _skew;
    private ReadOnlyMemory<byte> _rows;
    private long _made;

    /// <summary>Begins the shop of a plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="run">Tells this run from others of the same seed: a part of every event's identity.</param>
    /// <exception cref="ArgumentException">The generator cannot do it.</exception>
    public LoadEvents(LoadPlan plan, string run)
    {
        (_format, _perBatch) = (plan.Format, plan.EffectiveBatch);
        _idPrefix = Encoding.ASCII.GetBytes(run + "-");
        var batches = new OpenLoop(TimeProvider.System, (double)plan.Rate / _perBatch, plan.Duration).Total;
        _chunks = new ShopGenerator(new GeneratorOptions
        {
            Events = batches * _perBatch,
            Users = plan.Users,
            Seed = plan.Seed,
            EventsPerDay = plan.Rate * 86_400.0,
            Dirt = false,
        }).CsvChunks().GetEnumerator();

        _skew = LoadSkew.Of(plan);

        // The first chunk takes the generator a second for its catalogue, which must not count as the server's.
        NextChunk();
    }

    /// <summary>The content type of the bodies.</summary>
    public string MediaType => _format switch
    {
        LoadFormat.Binary => BinaryEvents.MediaType,
        LoadFormat.Json => "application/json",
        _ => "application/x-ndjson",
    };

    /// <summary>Makes the next batch.</summary>
    public LoadBatch Next(DateTimeOffset at)
    {
        _body.ResetWrittenCount();
        var unixMs = at.ToUnixTimeMilliseconds();
        var time = Encoding.ASCII.GetBytes(at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        if (_format == LoadFormat.Binary)
            _body.Write(BinaryEvents.Beginning);
        var user = "";
        for (var events = 0; events < _perBatch; events++)
        {
            var row = NextRow().Span;
            SplitRow(row);
            if (_skew is not null)
                row = _skew.Apply(row, _columns);
            if (_format == LoadFormat.Binary)
                AddRecord(row, unixMs);
            else
                AddObject(row, time, events);
            if (events == _perBatch - 1)
                user = Encoding.ASCII.GetString(row[_columns[7]]);
        }
        if (_format == LoadFormat.Json)
            _body.Write("]"u8);
        return new LoadBatch(_body.WrittenSpan.ToArray(), _perBatch, DateTimeOffset.FromUnixTimeMilliseconds(unixMs), user);
    }

    public void Dispose() => _chunks.Dispose();

    private ReadOnlyMemory<byte> NextRow()
    {
        while (_rows.IsEmpty)
            NextChunk();
        var end = _rows.Span.IndexOf((byte)'\n');
        var row = _rows[..end];
        _rows = _rows[(end + 1)..];
        _made++;
        return row;
    }

    private void NextChunk()
    {
        if (!_chunks.MoveNext())
            throw new InvalidOperationException("the generator made fewer rows than were asked for");
        _rows = _chunks.Current.Span.StartsWith(ShopGenerator.Header) ? _chunks.Current[ShopGenerator.Header.Length..] : _chunks.Current;
    }

    private void SplitRow(ReadOnlySpan<byte> row)
    {
        var start = 0;
        for (var column = 0; column < Columns; column++)
        {
            var comma = row[start..].IndexOf((byte)',');
            var end = comma < 0 ? row.Length : start + comma;
            _columns[column] = start..end;
            start = end + 1;
        }
    }

    private void AddRecord(ReadOnlySpan<byte> row, long unixMs)
    {
        _record.ResetWrittenCount();
        Varint(_record, BinaryEvents.EventTime << 3);
        Varint(_record, (ulong)unixMs);
        _ = EventKinds.TryParse(row[_columns[1]], out var kind);
        Varint(_record, BinaryEvents.EventType << 3);
        Varint(_record, (ulong)kind);
        Text(BinaryEvents.ProductId, row[_columns[2]]);
        Text(BinaryEvents.CategoryId, row[_columns[3]]);
        Text(BinaryEvents.CategoryCode, row[_columns[4]]);
        Text(BinaryEvents.Brand, row[_columns[5]]);
        Text(BinaryEvents.Price, row[_columns[6]]);
        Text(BinaryEvents.UserId, row[_columns[7]]);
        Text(BinaryEvents.UserSession, row[_columns[8]]);
        Span<byte> id = stackalloc byte[64];
        Text(BinaryEvents.EventId, id[..WriteId(id)]);
        Varint(_body, (ulong)_record.WrittenCount);
        _body.Write(_record.WrittenSpan);
    }

    private void AddObject(ReadOnlySpan<byte> row, ReadOnlySpan<byte> time, int index)
    {
        if (_format == LoadFormat.Json)
            _body.Write(index == 0 ? "["u8 : ","u8);
        _body.Write("{\"event_time\":\""u8);
        _body.Write(time);
        Property("\",\"event_type\":\""u8, row[_columns[1]]);
        Property("\",\"product_id\":\""u8, row[_columns[2]]);
        Property("\",\"category_id\":\""u8, row[_columns[3]]);
        Property("\",\"category_code\":\""u8, row[_columns[4]]);
        Property("\",\"brand\":\""u8, row[_columns[5]]);
        Property("\",\"price\":"u8, row[_columns[6]]);
        Property(",\"user_id\":\""u8, row[_columns[7]]);
        Property("\",\"user_session\":\""u8, row[_columns[8]]);
        Span<byte> id = stackalloc byte[64];
        Property("\",\"event_id\":\""u8, id[..WriteId(id)]);
        _body.Write(_format == LoadFormat.Json ? "\"}"u8 : "\"}\n"u8);

        void Property(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            _body.Write(name);
            _body.Write(value);
        }
    }

    private int WriteId(Span<byte> id)
    {
        _idPrefix.CopyTo(id);
        Utf8Formatter.TryFormat(_made, id[_idPrefix.Length..], out var digits);
        return _idPrefix.Length + digits;
    }

    private void Text(int number, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;
        Varint(_record, ((ulong)number << 3) | 2);
        Varint(_record, (ulong)text.Length);
        _record.Write(text);
    }

    private static void Varint(ArrayBufferWriter<byte> output, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            output.Write([(byte)(value | 0x80)]);
        output.Write([(byte)value]);
    }
}
