namespace OrleansAnalytics.Events;

/// <summary>
/// A text of the log that was met lately, with what its reader would otherwise look up again for every event that has it. All of it may be forgotten at
/// any time. One reader's alone.
/// </summary>
/// <param name="text">The text.</param>
public sealed class KnownText(string text)
{
    /// <summary>The text.</summary>
    public string Text => text;

    /// <summary>The lane of the entity that has this key, if it was looked up; the lane itself knows whether it is still in use.</summary>
    public object? Lane { get; set; }

    /// <summary>A hash of the text, if it was computed; 0 if not.</summary>
    public ulong Hash { get; set; }

    /// <summary>What has counted this text already, for ever.</summary>
    public object? CountedBy { get; set; }

    /// <summary>The day's set that has counted this text last.</summary>
    public object? CountedOn { get; set; }
}

/// <summary>The texts of one event that name its entities; null where the event has none, or where it was not read from a log.</summary>
/// <param name="User">The user's id.</param>
/// <param name="Product">The product's id.</param>
/// <param name="Category">The category's id.</param>
/// <param name="Brand">The brand.</param>
/// <param name="Url">The page.</param>
public readonly record struct EntityTexts(KnownText? User, KnownText? Product, KnownText? Category, KnownText? Brand, KnownText? Url);
