namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>A part of the node that can be filled in several ways, and the setting that chooses one.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Kinds">The ways that are built in.</param>
internal sealed record NodePart(string Setting, params IReadOnlyList<NodeKind> Kinds);

/// <summary>One way to fill a part.</summary>
/// <param name="Name">What the setting calls it.</param>
/// <param name="AddServices">Registers it. What it opens at start opens before the silo starts, and closes after it has stopped.</param>
internal sealed record NodeKind(string Name, Action<NodeServices> AddServices)
{
    /// <summary>What it needs of Orleans; null if nothing.</summary>
    public Action<ISiloBuilder, SiloSettings>? AddToSilo { get; init; }

    /// <summary>Every silo of a cluster that is told the same reaches the same: no data folder, no process of its own.</summary>
    public bool IsShared { get; init; }
}

/// <summary>Where a part is registered, and what it may look at.</summary>
/// <param name="Services">Where.</param>
/// <param name="Configuration">All settings.</param>
/// <param name="DataFolder">The node's folder.</param>
internal sealed record NodeServices(IServiceCollection Services, IConfiguration Configuration, string DataFolder);
