using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>An open session of one (user, session key).</summary>
internal sealed class SessionWindow
{
    public required string UserId { get; init; }

    public required string? SessionKey { get; init; }

    public required int Bucket { get; init; }

    public long FirstMs { get; set; }

    public long LastMs { get; set; }

    /// <summary>Position of the last event that changed it: the order in which sessions are closed.</summary>
    public long Touched { get; set; }

    /// <summary>Products with cart actions; null as long as there are none, as in nine sessions of ten.</summary>
    public List<CartRecord>? Carts { get; set; }

    /// <summary>How far it came. A field, so that it changes in place.</summary>
    public FunnelSteps Funnel = FunnelSteps.None;

    /// <summary>How far it came in each category. A field, so that it changes in place.</summary>
    public SessionCategories Categories;

    /// <summary>The next session of the same key, if an earlier one is still open.</summary>
    public SessionWindow? NextOfKey { get; set; }

    /// <summary>The next session of the same bucket; owned by <see cref="OpenSessions"/>.</summary>
    public SessionWindow? NextOfBucket { get; set; }

    /// <summary>The session before it in the same bucket; owned by <see cref="OpenSessions"/>.</summary>
    public SessionWindow? PreviousOfBucket { get; set; }

    /// <summary>The session touched just before this one; owned by <see cref="OpenSessions"/>.</summary>
    public SessionWindow? Older { get; set; }

    /// <summary>The session touched just after this one; owned by <see cref="OpenSessions"/>.</summary>
    public SessionWindow? Newer { get; set; }

    /// <summary>True if an event at <paramref name="timeMs"/> belongs to this session.</summary>
    public bool Reaches(long timeMs, long timeoutMs) => timeMs >= FirstMs - timeoutMs && timeMs <= LastMs + timeoutMs;

    public void WriteTo(FormatWriter writer)
    {
        writer.Text(UserId);
        writer.Text(SessionKey);
        writer.Signed(FirstMs);
        writer.Count(LastMs - FirstMs);
        writer.Count(Touched);
        writer.Count(Carts?.Count ?? 0);
        if (Carts is { } carts)
        {
            foreach (var cart in carts)
            {
                cart.WriteTo(writer);
            }
        }

        Funnel.WriteTo(writer, FirstMs);
        writer.Count(Categories.Count);
        for (var i = 0; i < Categories.Count; i++)
        {
            var category = Categories[i];
            writer.Text(category.CategoryId);
            category.Steps.WriteTo(writer, FirstMs);
        }
    }

    /// <summary>Reads a session. Before version 2 the funnel was not kept: such a session has no steps but those that follow.</summary>
    public static SessionWindow Read(ref FormatReader reader, int bucket, byte version)
    {
        var window = new SessionWindow { UserId = reader.RequiredText(), SessionKey = reader.Text(), Bucket = bucket, FirstMs = reader.Signed() };
        window.LastMs = window.FirstMs + reader.Count();
        window.Touched = reader.Count();
        var carts = reader.Items();
        if (carts > 0)
        {
            window.Carts = new List<CartRecord>(carts);
            for (; carts > 0; carts--)
            {
                window.Carts.Add(CartRecord.Read(ref reader, version));
            }
        }

        if (version >= 2)
        {
            window.ReadFunnel(ref reader);
        }

        return window;
    }

    private void ReadFunnel(ref FormatReader reader)
    {
        Funnel = FunnelSteps.Read(ref reader, FirstMs);
        for (var left = reader.Items(); left > 0; left--)
        {
            Categories.Add(reader.RequiredText(), FunnelSteps.Read(ref reader, FirstMs));
        }
    }
}
