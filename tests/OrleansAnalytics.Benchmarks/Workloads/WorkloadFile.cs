using System.Buffers.Text;
using System.Globalization;
using System.Text;
using OrleansAnalytics.Generator;

namespace OrleansAnalytics.Benchmarks.Workloads;

/// <summary>Writes a pass as CSV and counts how interleaved it is.</summary>
internal sealed class WorkloadFile : IDisposable
{
    /// <summary>Events of a window in which distinct users are counted.</summary>
    public const int Window = 32_768;

    private const int UserDigits = 9;
    private const int SessionLength = 36;
    private const int FirstUser = 400_000_000;

    // Where a random GUID says that it is version 4; another digit makes it a key that no generated session has.
    private const int VersionDigit = 14;

    private readonly WorkloadPass _pass;
    private readonly FileStream _file;
    private readonly HashSet<long> _inWindow = [];
    private readonly byte[] _row = new byte[1024];
    private long _rows;
    private long _windows;
    private long _distinct;

    private WorkloadFile(WorkloadPass pass, string path)
    {
        _pass = pass;
        _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 1 << 20);
    }

    /// <summary>Writes the pass.</summary>
    /// <returns>Of a window of <see cref="Window"/> events, the share whose user the window has not had before.</returns>
    public static double Write(WorkloadPass pass, string path, CancellationToken cancellationToken)
    {
        using var file = new WorkloadFile(pass, path);
        file._file.Write(ShopGenerator.Header);
        var isHeader = true;
        foreach (var chunk in new ShopGenerator(pass.Shop).CsvChunks())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var rest = chunk.Span;
            while (!rest.IsEmpty)
            {
                var length = rest.IndexOf((byte)'\n');
                if (!isHeader)
                {
                    file.Write(rest[..length]);
                }

                isHeader = false;
                rest = rest[(length + 1)..];
            }
        }

        return file.DistinctShare();
    }

    public void Dispose() => _file.Dispose();

    private double DistinctShare() => _windows > 0 ? (double)_distinct / (_windows * Window) : (double)_inWindow.Count / _rows;

    private void Write(ReadOnlySpan<byte> from)
    {
        var row = _row.AsSpan(0, from.Length + 1);
        from.CopyTo(row);
        row[^1] = (byte)'\n';
        var session = row[^(SessionLength + 1)..^1];
        var user = row[^(UserDigits + SessionLength + 2)..^(SessionLength + 2)];
        if (_pass.Deal is { } deal)
        {
            var (who, visit) = deal.Of(_rows);
            Utf8Formatter.TryFormat(FirstUser + who, user, out _);
            Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"00000000-0000-4000-8000-{visit:x12}"), session);
        }
        else if (_pass.NewSessions)
        {
            session[VersionDigit] = (byte)'5';
        }

        _file.Write(row);
        Count(long.Parse(user, NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private void Count(long user)
    {
        _inWindow.Add(user);
        if (++_rows % Window == 0)
        {
            _windows++;
            _distinct += _inWindow.Count;
            _inWindow.Clear();
        }
    }
}
