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
    public static EventId FromFields(EventDraft draft) => FromFields(
        draft.TimeMs,
        draft.Kind,
        draft.Price,
        draft.Quantity,
        draft.DurationMs,
        draft.UserId.Span,
        draft.UserSession.Span,
        draft.ProductId.Span,
        draft.CategoryId.Span,
        draft.CategoryCode.Span,
        draft.Brand.Span,
        draft.Url.Span,
        draft.TransactionId.Span);

    /// <summary>The identity that the event would have if its producer had given it none; not that of an order line, which also counts its transaction.</summary>
    public static EventId FromFields(scoped in EventFields fields) => FromFields(
        fields.TimeMs,
        fields.Kind,
        fields.Price,
        fields.Quantity,
        fields.DurationMs,
        fields.User.Bytes,
        fields.Session.Bytes,
        fields.Product.Bytes,
        fields.Category.Bytes,
        fields.Code.Bytes,
        fields.Brand.Bytes,
        fields.Url.Bytes,
        transaction: default);

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

    private static EventId FromFields(
        long timeMs,
        EventKind kind,
        Money price,
        long quantity,
        long durationMs,
        ReadOnlySpan<byte> user,
        ReadOnlySpan<byte> session,
        ReadOnlySpan<byte> product,
        ReadOnlySpan<byte> category,
        ReadOnlySpan<byte> code,
        ReadOnlySpan<byte> brand,
        ReadOnlySpan<byte> url,
        ReadOnlySpan<byte> transaction)
    {
        var size = 1 + (5 * sizeof(long)) + PartBytes(user) + PartBytes(session) + PartBytes(product) + PartBytes(category)
            + PartBytes(code) + PartBytes(brand) + PartBytes(url) + PartBytes(transaction);
        byte[]? rented = null;
        var buffer = size <= StackBytes ? stackalloc byte[StackBytes] : rented = ArrayPool<byte>.Shared.Rent(size);
        buffer[0] = FieldsShape;
        var length = Number(buffer, 1, timeMs);
        length = Number(buffer, length, (long)kind);
        length = Number(buffer, length, price.Units);
        length = Number(buffer, length, quantity);
        length = Number(buffer, length, durationMs);
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
