using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>An open session of one (user, session key).</summary>
internal sealed class SessionWindow
{
    /// <summary>The position of the event that opened it.</summary>
    public required long Id { get; init; }

    public required string UserId { get; init; }

    public required string? SessionKey { get; init; }

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

    /// <summary>The session touched just before this one; owned by <see cref="OpenSessions"/>.</summary>
    public SessionWindow? Older { get; set; }

    /// <summary>The session touched just after this one; owned by <see cref="OpenSessions"/>.</summary>
    public SessionWindow? Newer { get; set; }

    /// <summary>True if an event at <paramref name="timeMs"/> belongs to this session.</summary>
    public bool Reaches(long timeMs, long timeoutMs) => timeMs >= FirstMs - timeoutMs && timeMs <= LastMs + timeoutMs;

    /// <summary>Writes all but <see cref="Id"/> and <see cref="Touched"/>, by which readers tell whether they need the rest.</summary>
    public void WriteTo(FormatWriter writer)
    {
        writer.Text(UserId);
        writer.Text(SessionKey);
        writer.Signed(FirstMs);
        writer.Count(LastMs - FirstMs);
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

    /// <summary>Reads a session.</summary>
    public static SessionWindow Read(ref FormatReader reader, long id, long touched)
    {
        var window = new SessionWindow { Id = id, Touched = touched, UserId = reader.RequiredText(), SessionKey = reader.Text(), FirstMs = reader.Signed() };
        window.LastMs = window.FirstMs + reader.Count();
        window.ReadCarts(ref reader, CartRecord.FirstVersionWithCategory);
        window.ReadFunnel(ref reader);
        return window;
    }

    /// <summary>
    /// Reads a session as versions 1 and 2 wrote it. The position that touched it last is as good an id as the one that opened it. Before version 2 the funnel was not
    /// kept: such a session has no steps but those that follow.
    /// </summary>
    public static SessionWindow ReadWithoutId(ref FormatReader reader, byte version)
    {
        var (user, key, first, length, touched) = (reader.RequiredText(), reader.Text(), reader.Signed(), reader.Count(), reader.Count());
        var window = new SessionWindow { Id = touched, Touched = touched, UserId = user, SessionKey = key, FirstMs = first, LastMs = first + length };
        window.ReadCarts(ref reader, version);
        if (version >= 2)
        {
            window.ReadFunnel(ref reader);
        }

        return window;
    }

    private void ReadCarts(ref FormatReader reader, byte version)
    {
        var carts = reader.Items();
        if (carts > 0)
        {
            Carts = new List<CartRecord>(carts);
            for (; carts > 0; carts--)
            {
                Carts.Add(CartRecord.Read(ref reader, version));
            }
        }
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
