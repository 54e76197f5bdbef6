using System.Buffers;

namespace OrleansAnalytics.Formats;

/// <summary>State that knows its own stored form. The first byte written is a version; every version ever written stays readable.</summary>
public interface IStoredState
{
    /// <summary>Writes the whole state.</summary>
    void WriteTo(IBufferWriter<byte> output);

    /// <summary>Replaces the whole state by a stored one.</summary>
    /// <exception cref="DamagedFormatException">The bytes are no such state.</exception>
    void ReadFrom(ReadOnlySpan<byte> stored);
}
