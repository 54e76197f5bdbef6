using System.Buffers;
using System.Globalization;
using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions;

/// <summary>A grain's state whose ETag may be a number, for storages that give numbers: no text is made of it unless somebody asks.</summary>
public interface INumberedState
{
    /// <summary>The ETag; 0 if there is none or it is no number above zero.</summary>
    long ETagNumber { get; }

    /// <summary>Replaces the ETag.</summary>
    /// <param name="number">The new one; 0 for none.</param>
    void SetETag(long number);
}

/// <summary>What an entity stores, and its own place in the storage: the positions it has applied and its fold, always together.</summary>
/// <param name="fold">An empty fold.</param>
public sealed class EntityState<TFold>(TFold fold) : IStoredState, INumberedState, IGrainState<EntityState<TFold>>
    where TFold : EntityFold
{
    private const byte FormatVersion = 1;

    private AppliedPositions _applied;
    private string? _etagText;

    /// <summary>The positions applied, by partition, and which of them are saved.</summary>
    public ref AppliedPositions Applied => ref _applied;

    /// <inheritdoc/>
    /// <remarks>Kept as a number if it is one, as most storages give it: there is one for each entity.</remarks>
    public string? ETag
    {
        get => _etagText ?? (ETagNumber == 0 ? null : ETagNumber.ToString(CultureInfo.InvariantCulture));
        set => (_etagText, ETagNumber) = IsNumber(value, out var number) ? ((string?)null, number) : (value, 0L);
    }

    /// <inheritdoc/>
    public long ETagNumber { get; private set; }

    /// <inheritdoc/>
    public void SetETag(long number) => (_etagText, ETagNumber) = (null, number);

    /// <inheritdoc/>
    public bool RecordExists { get; set; }

    /// <summary>Itself: what is stored is read into it.</summary>
    /// <exception cref="NotSupportedException">It is to be replaced by another.</exception>
    EntityState<TFold>? IGrainState<EntityState<TFold>>.State
    {
        get => this;
        set => throw new NotSupportedException("an entity's state is read in place");
    }

    /// <summary>The fold of all events up to <see cref="Applied"/>.</summary>
    public TFold Fold { get; private set; } = fold;

    /// <summary>Lets go of the fold, which nobody asks or changes any more: lanes may know for a long time yet where the entity was.</summary>
    internal void LetGo() => Fold = null!;

    /// <inheritdoc/>
    public void WriteTo(IBufferWriter<byte> output)
    {
        var writer = new FormatWriter(output);
        writer.Byte(FormatVersion);
        _applied.WriteTo(writer);
        Fold.WriteTo(output);
    }

    /// <inheritdoc/>
    public void ReadFrom(ReadOnlySpan<byte> stored)
    {
        var reader = new FormatReader(stored);
        reader.Version(FormatVersion, "entity state");
        _applied.ReadFrom(ref reader);
        Fold.ReadFrom(reader.Take(reader.Remaining));
    }

    private static bool IsNumber(string? etag, out long number)
    {
        number = 0;
        return etag is { Length: > 0 } && etag[0] is >= '1' and <= '9' && long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
