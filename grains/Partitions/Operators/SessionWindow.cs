using OrleansAnalytics.Formats;

namespace OrleansAnalytics.Partitions.Operators;

/// <summary>An open session of one (user, session key): a row of <see cref="OpenSessions"/>.</summary>
internal struct SessionWindow()
{
    private const byte FirstVersionWithHashes = 4;

    /// <summary>Whose it is.</summary>
    public SessionName Name;

    /// <summary>The position of the event that opened it.</summary>
    public long Id;

    public long FirstMs;

    public long LastMs;

    /// <summary>Position of the last event that changed it: the order in which sessions are closed.</summary>
    public long Touched;

    /// <summary>The next session of the same name, if an earlier one is still open; owned by <see cref="OpenSessions"/>, as what follows.</summary>
    public int NextOfName = SessionIndex.None;

    /// <summary>The session touched just before this one.</summary>
    public int Older = SessionIndex.None;

    /// <summary>The session touched just after this one.</summary>
    public int Newer = SessionIndex.None;

    /// <summary>Products with cart actions; null as long as there are none, as in nine sessions of ten.</summary>
    public List<CartRecord>? Carts;

    /// <summary>How far it came.</summary>
    public FunnelSteps Funnel = FunnelSteps.None;

    /// <summary>How far it came in each category.</summary>
    public SessionCategories Categories;

    /// <summary>True if an event at <paramref name="timeMs"/> belongs to this session.</summary>
    public readonly bool Reaches(long timeMs, long timeoutMs) => timeMs >= FirstMs - timeoutMs && timeMs <= LastMs + timeoutMs;

    /// <summary>Writes all but <see cref="Id"/> and <see cref="Touched"/>, by which readers tell whether they need the rest.</summary>
    public readonly void WriteTo(FormatWriter writer)
    {
        Name.WriteTo(writer);
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
    /// <param name="reader">Where it is.</param>
    /// <param name="version">Of the segment; before version 4 the texts of the name were stored.</param>
    /// <param name="id">See <see cref="Id"/>.</param>
    /// <param name="touched">See <see cref="Touched"/>.</param>
    public static SessionWindow Read(ref FormatReader reader, byte version, long id, long touched)
    {
        var name = version >= FirstVersionWithHashes ? SessionName.Read(ref reader) : ReadTexts(ref reader);
        var window = new SessionWindow { Id = id, Touched = touched, Name = name, FirstMs = reader.Signed() };
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
        var (name, first, length, touched) = (ReadTexts(ref reader), reader.Signed(), reader.Count(), reader.Count());
        var window = new SessionWindow { Id = touched, Touched = touched, Name = name, FirstMs = first, LastMs = first + length };
        window.ReadCarts(ref reader, version);
        if (version >= 2)
        {
            window.ReadFunnel(ref reader);
        }

        return window;
    }

    private static SessionName ReadTexts(ref FormatReader reader) => SessionName.Of(reader.RequiredText(), reader.Text());

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
