using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using OrleansAnalytics.Ingest;

namespace OrleansAnalytics.Events;

/// <summary>
/// Computes identities: XxHash128 over a byte that says which of the three shapes follows, numbers of eight bytes and length-prefixed texts, so that
/// no two shapes and no two divisions of the same bytes collide. The results are stored, so this never changes.
/// </summary>
public static class EventIds
{
    private const byte ProducerShape = 1;
    private const byte FieldsShape = 2;
    private const byte RejectionShape = 3;
    private const int StackBytes = 512;

    /// <summary>The identity of an event whose producer gave it one. It counts per user, which decides the partition and so where duplicates are found.</summary>
    public static EventId FromProducer(ReadOnlySpan<byte> userUtf8, ReadOnlySpan<byte> eventIdUtf8)
    {
        var size = 1 + PartBytes(userUtf8) + PartBytes(eventIdUtf8);
        byte[]? rented = null;
        var buffer = size <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(size);
        buffer[0] = ProducerShape;
        var length = Part(buffer, 1, userUtf8);
        length = Part(buffer, length, eventIdUtf8);
        return Finish(buffer[..length], rented);
    }

    /// <summary>The identity of an event without a producer's id: its parsed fields, so <c>33.2</c> and <c>33.20</c> are the same event.</summary>
    public static EventId FromFields(EventDraft draft)
    {
        var user = draft.UserId.Span;
        var session = draft.UserSession.Span;
        var product = draft.ProductId.Span;
        var category = draft.CategoryId.Span;
        var code = draft.CategoryCode.Span;
        var brand = draft.Brand.Span;
        var url = draft.Url.Span;
        var transaction = draft.TransactionId.Span;
        var size = 1 + (5 * sizeof(long)) + PartBytes(user) + PartBytes(session) + PartBytes(product) + PartBytes(category)
            + PartBytes(code) + PartBytes(brand) + PartBytes(url) + PartBytes(transaction);
        byte[]? rented = null;
        var buffer = size <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(size);
        buffer[0] = FieldsShape;
        var length = Number(buffer, 1, draft.TimeMs);
        length = Number(buffer, length, (long)draft.Kind);
        length = Number(buffer, length, draft.Price.Units);
        length = Number(buffer, length, draft.Quantity);
        length = Number(buffer, length, draft.DurationMs);
        length = Part(buffer, length, user);
        length = Part(buffer, length, session);
        length = Part(buffer, length, product);
        length = Part(buffer, length, category);
        length = Part(buffer, length, code);
        length = Part(buffer, length, brand);
        length = Part(buffer, length, url);
        // Only order lines have one; without it the identity is what it would be if there were no such field.
        length = transaction.IsEmpty ? length : Part(buffer, length, transaction);
        return Finish(buffer[..length], rented);
    }

    /// <summary>The identity that the event would have if its producer had given it none; not that of an order line, which also counts its transaction.</summary>
    public static EventId FromFields(ShopEvent shopEvent)
    {
        string?[] parts =
        [
            shopEvent.UserId, shopEvent.SessionKey, shopEvent.ProductId, shopEvent.CategoryId, shopEvent.CategoryCode, shopEvent.Brand, shopEvent.Url,
        ];
        var size = 1 + (5 * sizeof(long)) + parts.Sum(part => sizeof(int) + Encoding.UTF8.GetByteCount(part ?? ""));
        byte[]? rented = null;
        var buffer = size <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(size);
        buffer[0] = FieldsShape;
        var length = Number(buffer, 1, shopEvent.TimeMs);
        length = Number(buffer, length, (long)shopEvent.Kind);
        length = Number(buffer, length, shopEvent.Price.Units);
        length = Number(buffer, length, shopEvent.Quantity);
        length = Number(buffer, length, shopEvent.DurationMs);
        foreach (var part in parts)
        {
            var bytes = Encoding.UTF8.GetBytes(part ?? "", buffer[(length + sizeof(int))..]);
            BinaryPrimitives.WriteInt32LittleEndian(buffer[length..], bytes);
            length += sizeof(int) + bytes;
        }

        return Finish(buffer[..length], rented);
    }

    /// <summary>The identity of a rejected record: where it stood and what it was, so that sending the same file again rejects the same records.</summary>
    public static EventId ForRejection(string source, long recordNumber, ReadOnlySpan<byte> raw)
    {
        var sourceBytes = Encoding.UTF8.GetByteCount(source);
        var size = 1 + sizeof(long) + sizeof(int) + sourceBytes + PartBytes(raw);
        byte[]? rented = null;
        var buffer = size <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(size);
        buffer[0] = RejectionShape;
        var length = Number(buffer, 1, recordNumber);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[length..], sourceBytes);
        length += sizeof(int) + Encoding.UTF8.GetBytes(source, buffer[(length + sizeof(int))..]);
        length = Part(buffer, length, raw);
        return Finish(buffer[..length], rented);
    }

    private static int PartBytes(ReadOnlySpan<byte> part) => sizeof(int) + part.Length;

    private static int Part(Span<byte> buffer, int at, ReadOnlySpan<byte> part)
    {
        BinaryPrimitives.WriteInt32LittleEndian(buffer[at..], part.Length);
        part.CopyTo(buffer[(at + sizeof(int))..]);
        return at + sizeof(int) + part.Length;
    }

    private static int Number(Span<byte> buffer, int at, long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(buffer[at..], number);
        return at + sizeof(long);
    }

    private static EventId Finish(ReadOnlySpan<byte> shape, byte[]? rented)
    {
        var hash = XxHash128.HashToUInt128(shape);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return new EventId((ulong)(hash >> 64), (ulong)hash);
    }
}
