using OrleansAnalytics.Events;
using OrleansAnalytics.Lake;
using Xunit;

namespace OrleansAnalytics.Tests.Lake;

/// <summary>A lake, wherever it is, into which one partition puts a small file at a time.</summary>
internal sealed class GrowingLake(ILakeSink sink)
{
    /// <summary>The begin of hour 0, in milliseconds since 1970-01-01 UTC.</summary>
    public const long Start = 1_569_888_000_000;

    private string? _etag;
    private LakeManifest _manifest = new() { Source = LakeManifest.SourceOf(0) };
    private long _position;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Events so far.</summary>
    public long Events => _position;

    /// <summary>Adds a file.</summary>
    public async Task WriteAsync(int hour, int events)
    {
        var from = _position + 1;
        var path = LakePaths.Of(EventTime.Hour(Start) + hour, 0, from, 1, 1);
        await using var file = sink.Create(path, 0);
        for (var i = 0; i < events; i++)
        {
            file.Add(++_position, Event((int)_position, hour));
        }

        var bytes = await file.CompleteAsync(Token);
        _manifest = _manifest with { Files = [.. _manifest.Files, new LakeFile(path, events, bytes, from, _position)] };
        _etag = await sink.WriteAsync(_manifest, _etag, Token);
    }

    /// <summary>An event of an hour.</summary>
    public static ShopEvent Event(int number, int hour) => new()
    {
        Id = new EventId(1, (ulong)number),
        TimeMs = Start + (hour * EventTime.HourMs) + (number * 7919 % EventTime.HourMs),
        Kind = EventKind.View,
        UserId = $"user-{number * 31 % 17}",
        ProductId = "p",
        Price = new Money(number),
    };
}
