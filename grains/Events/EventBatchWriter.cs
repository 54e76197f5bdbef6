using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using OrleansAnalytics.Formats;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Events;

/// <summary>
/// Builds one log batch after the other: version byte, XxHash3 (64 bits, little-endian) of all that follows, number of entries (32 bits), entries.
/// An entry is a tag byte (the number of the event kind, 255 for a rejection, or 254 for one that says how its raw text is written) and its fields. Not safe for concurrent use.
/// </summary>
public sealed class EventBatchWriter
{
    /// <summary>2 if there is a rejection with a form, else 1, which older programs read too.</summary>
    internal const byte FormatVersion = 2;
    internal const byte FormedRejectionTag = 254;
    internal const byte RejectionTag = 255;

    internal const int HeaderBytes = 1 + sizeof(ulong) + sizeof(uint);
    private const int HashedFrom = 1 + sizeof(ulong);
    private const int MostBytesBesideTexts = 1 + (2 * sizeof(ulong)) + (11 * FormatSpan.LongestVarint);

    private readonly ArrayBufferWriter<byte> _entries = new(1024);
    private byte _version = 1;

    /// <summary>Entries added since the last <see cref="Reset"/>.</summary>
    public int Count { get; private set; }

    /// <summary>The size in bytes of what <see cref="Build"/> would give.</summary>
    public int ByteCount => HeaderBytes + _entries.WrittenCount;

    /// <summary>Bytes this builder holds on to, to decide whether it is worth keeping.</summary>
    internal int Capacity => _entries.Capacity;

    /// <summary>Adds a validated draft; its UTF-8 fields are copied as they are.</summary>
    public void Add(EventDraft draft)
    {
        var user = draft.UserId.Span;
        var session = draft.UserSession.Span;
        var product = draft.ProductId.Span;
        var category = draft.CategoryId.Span;
        var code = draft.CategoryCode.Span;
        var brand = draft.Brand.Span;
        var url = draft.Url.Span;

        // Every event passes here: one piece of memory for all of it, instead of one for each number and text.
        var entry = _entries.GetSpan(MostBytesBesideTexts + user.Length + session.Length + product.Length + category.Length + code.Length + brand.Length + url.Length);
        entry[0] = (byte)draft.Kind;
        var at = FormatSpan.Signed(entry, 1, draft.TimeMs);
        at = FormatSpan.Fixed64(entry, at, draft.Id.High);
        at = FormatSpan.Fixed64(entry, at, draft.Id.Low);
        at = FormatSpan.Utf8OrNull(entry, at, user);
        at = FormatSpan.Utf8OrNull(entry, at, session);
        at = FormatSpan.Utf8OrNull(entry, at, product);
        at = FormatSpan.Utf8OrNull(entry, at, category);
        at = FormatSpan.Utf8OrNull(entry, at, code);
        at = FormatSpan.Utf8OrNull(entry, at, brand);
        at = FormatSpan.Signed(entry, at, draft.Price.Units);
        at = FormatSpan.Count(entry, at, draft.Quantity);
        at = FormatSpan.Utf8OrNull(entry, at, url);
        at = FormatSpan.Count(entry, at, draft.DurationMs);
        _entries.Advance(at);
        Count++;
    }

    /// <summary>Adds an event.</summary>
    public void Add(ShopEvent shopEvent)
    {
        var writer = new FormatWriter(_entries);
        Head(writer, shopEvent.Kind, shopEvent.TimeMs, shopEvent.Id);
        writer.Text(shopEvent.UserId);
        writer.Text(shopEvent.SessionKey);
        writer.Text(shopEvent.ProductId);
        writer.Text(shopEvent.CategoryId);
        writer.Text(shopEvent.CategoryCode);
        writer.Text(shopEvent.Brand);
        writer.Money(shopEvent.Price);
        writer.Count(shopEvent.Quantity);
        writer.Text(shopEvent.Url);
        writer.Count(shopEvent.DurationMs);
        Count++;
    }

    /// <summary>Adds a record that the door rejected.</summary>
    public void AddRejection(Rejection rejection)
    {
        var writer = new FormatWriter(_entries);
        var hasForm = rejection.Form != default;
        writer.Byte(hasForm ? FormedRejectionTag : RejectionTag);
        writer.Fixed64(rejection.Id.High);
        writer.Fixed64(rejection.Id.Low);
        writer.Byte((byte)rejection.Reason);
        writer.Text(rejection.Source);
        writer.Signed(rejection.ReceivedMs);
        writer.Utf8(rejection.Raw.Span);
        writer.Text(rejection.Detail);
        if (hasForm)
        {
            writer.Byte((byte)rejection.Form.Kind);
            writer.Byte(rejection.Form.IsCut ? (byte)1 : (byte)0);
            writer.Text(rejection.Form.Header);
            _version = FormatVersion;
        }

        Count++;
    }

    /// <summary>The batch so far, in bytes of its own.</summary>
    /// <exception cref="InvalidOperationException">There are no entries.</exception>
    public EncodedBatch Build()
    {
        if (Count == 0)
        {
            throw new InvalidOperationException("a batch has at least one entry");
        }

        return Assemble(_version, _entries.WrittenSpan, Count);
    }

    /// <summary>A batch of entries that are encoded already.</summary>
    internal static EncodedBatch Assemble(byte version, ReadOnlySpan<byte> entries, int count)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(HeaderBytes + entries.Length);
        bytes[0] = version;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(HashedFrom), (uint)count);
        entries.CopyTo(bytes.AsSpan(HeaderBytes));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1), XxHash3.HashToUInt64(bytes.AsSpan(HashedFrom)));
        return new EncodedBatch(bytes, count);
    }

    /// <summary>Forgets all entries and keeps the memory.</summary>
    public void Reset()
    {
        _entries.ResetWrittenCount();
        Count = 0;
        _version = 1;
    }

    private static void Head(FormatWriter writer, EventKind kind, long timeMs, EventId id)
    {
        writer.Byte((byte)kind);
        writer.Signed(timeMs);
        writer.Fixed64(id.High);
        writer.Fixed64(id.Low);
    }
}
