using System.Globalization;
using System.Text;
using Orleans.Storage;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>What the stores of grain state have in common: keys, ETags as numbers, and what a conflict is called.</summary>
internal static class GrainRecord
{
    /// <summary>Room for most keys.</summary>
    public const int StackKeyBytes = 256;

    // An ETag that no storage ever gave can match no record.
    private const long NeverGiven = -2;

    /// <summary>Grain type, <c>/</c>, grain key, a zero byte, state name.</summary>
    /// <param name="buffer">Used if the key fits.</param>
    /// <param name="stateName">The state's name.</param>
    /// <param name="grainId">Whose state.</param>
    public static ReadOnlySpan<byte> Key(Span<byte> buffer, string stateName, GrainId grainId)
    {
        var type = grainId.Type.AsSpan();
        var key = grainId.Key.AsSpan();
        var length = type.Length + key.Length + 2 + Encoding.UTF8.GetByteCount(stateName);
        buffer = length <= buffer.Length ? buffer[..length] : new byte[length];
        type.CopyTo(buffer);
        buffer[type.Length] = (byte)'/';
        key.CopyTo(buffer[(type.Length + 1)..]);
        buffer[type.Length + 1 + key.Length] = 0;
        Encoding.UTF8.GetBytes(stateName, buffer[(type.Length + key.Length + 2)..]);
        return buffer;
    }

    /// <summary>The state's stored form.</summary>
    /// <exception cref="NotSupportedException">It has none.</exception>
    public static IStoredState StateOf<T>(IGrainState<T> grainState) => grainState.State as IStoredState
        ?? throw new NotSupportedException($"{typeof(T)} must be a non-null {nameof(IStoredState)} to be stored");

    /// <summary>The ETag that the record must have; 0 for no record.</summary>
    public static long ETagOf<T>(IGrainState<T> grainState) =>
        grainState is INumberedState { ETagNumber: > 0 and var number } ? number : ETagOf(grainState.ETag);

    /// <inheritdoc cref="ETagOf{T}"/>
    public static long ETagOf(string? etag) => etag is null ? 0
        : long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : NeverGiven;

    /// <summary>Tells the grain which record there is; 0 for none.</summary>
    public static void SetETag<T>(IGrainState<T> grainState, long etag)
    {
        if (grainState is INumberedState numbered)
        {
            numbered.SetETag(etag);
        }
        else
        {
            grainState.ETag = Text(etag);
        }

        grainState.RecordExists = etag != 0;
    }

    /// <summary>Another activation owns the record.</summary>
    public static InconsistentStateException Conflict(string stateName, GrainId grainId, ETagConflictException conflict) => new(
        $"{grainId} ({stateName}) was written by another activation", Text(conflict.Stored) ?? "none", Text(conflict.Expected) ?? "none");

    private static string? Text(long etag) => etag == 0 ? null : etag.ToString(CultureInfo.InvariantCulture);
}
