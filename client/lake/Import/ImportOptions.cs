namespace OrleansAnalytics.Lake.Import;

/// <summary>The limits of an import. Those of single records are the same as the defaults of the live door.</summary>
public sealed class ImportOptions
{
    /// <summary>Memory of the whole import, in bytes: three quarters are the database's, the rest is for reading. Default 4 GiB, at least 512 MiB.</summary>
    public long MemoryLimitBytes { get; set; } = 4L << 30;

    /// <summary>Hours that are cleaned and written at the same time. Default all cores, from 1 to 256.</summary>
    public int Threads { get; set; } = Math.Min(256, Environment.ProcessorCount);

    /// <summary>Rejected rows written down one by one, the first of the file; beyond it they are only counted. Default 100,000, from 0 to 10,000,000.</summary>
    public int KeptRejections { get; set; } = 100_000;

    /// <summary>How far ahead of the clock an event time may lie. Default 1 hour.</summary>
    public TimeSpan MaxClockSkew { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The longest id, category name or brand, in UTF-8 bytes. Default 256.</summary>
    public int MaxIdLength { get; set; } = 256;

    /// <summary>The longest URL, in UTF-8 bytes. Default 2048.</summary>
    public int MaxUrlLength { get; set; } = 2048;

    /// <summary>The longest line, in bytes. Default 1 MiB.</summary>
    public int MaxRecordBytes { get; set; } = 1 << 20;

    /// <summary>How much of a rejected line is written down, in bytes. Default 64 KiB.</summary>
    public int MaxRejectionBytes { get; set; } = 1 << 16;

    /// <summary>Reports every limit that is out of range, in one message.</summary>
    /// <exception cref="ArgumentException">One is.</exception>
    public void Validate()
    {
        var errors = new List<string>();
        Within(errors, nameof(MemoryLimitBytes), MemoryLimitBytes, 512L << 20, 1L << 50);
        Within(errors, nameof(Threads), Threads, 1, 256);
        Within(errors, nameof(KeptRejections), KeptRejections, 0, 10_000_000);
        Within(errors, nameof(MaxClockSkew), MaxClockSkew, TimeSpan.Zero, TimeSpan.FromDays(3650));
        Within(errors, nameof(MaxIdLength), MaxIdLength, 16, 4096);
        Within(errors, nameof(MaxUrlLength), MaxUrlLength, 16, 65_536);
        Within(errors, nameof(MaxRecordBytes), MaxRecordBytes, 1024, 1 << 20);
        Within(errors, nameof(MaxRejectionBytes), MaxRejectionBytes, 0, 1 << 20);
        if (errors.Count > 0)
        {
            throw new ArgumentException(string.Join("; ", errors));
        }
    }

    private static void Within<T>(List<string> errors, string name, T value, T least, T most)
        where T : IComparable<T>
    {
        if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
        {
            errors.Add($"{name} is {value}; it must be from {least} to {most}");
        }
    }
}
