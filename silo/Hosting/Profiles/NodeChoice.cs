namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>The kind that the settings choose for each part, and why that cannot be if it cannot.</summary>
internal sealed class NodeChoice
{
    private const string Alone = "localhost";
    private readonly IConfiguration _configuration;
    private readonly Dictionary<NodePart, NodeKind> _chosen = [];
    private readonly List<string> _errors = [];

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">All settings, the profile's among them.</param>
    /// <param name="settings">What the command line says of the node.</param>
    public NodeChoice(IConfiguration configuration, SiloSettings settings)
    {
        _configuration = configuration;
        foreach (var part in NodeParts.All)
        {
            var name = configuration[part.Setting] ?? "";
            if (part.Kinds.FirstOrDefault(kind => kind.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } kind)
            {
                _chosen.Add(part, kind);
            }
            else
            {
                _errors.Add($"{part.Setting} is '{name}'; it can be {string.Join(", ", part.Kinds.Select(one => one.Name))}");
            }
        }

        CheckTogether(settings);
    }

    /// <summary>Why the node cannot be made so; empty if it can.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>Registers the chosen kinds.</summary>
    public void AddServices(IServiceCollection services, string dataFolder)
    {
        var node = new NodeServices(services, _configuration, dataFolder);
        foreach (var kind in _chosen.Values)
        {
            kind.AddServices(node);
        }
    }

    /// <summary>Adds what they need of Orleans.</summary>
    public void AddToSilo(ISiloBuilder silo, SiloSettings settings)
    {
        foreach (var kind in _chosen.Values)
        {
            kind.AddToSilo?.Invoke(silo, settings);
        }
    }

    private void CheckTogether(SiloSettings settings)
    {
        if (!_chosen.TryGetValue(NodeParts.Cluster, out var cluster))
        {
            return;
        }

        if (cluster.Name == Alone)
        {
            if (settings.Advertise is not null)
            {
                _errors.Add($"--advertise tells other silos an address, and with {NodeParts.Cluster.Setting} {Alone} there are none");
            }

            if (settings.SiloListenPort != 0)
            {
                _errors.Add($"--silo-listen-port is where other silos are listened for, and with {NodeParts.Cluster.Setting} {Alone} there are none");
            }

            return;
        }

        // A partition that moves must find on its new silo what it left on the old one.
        CheckShared(NodeParts.State, "state that only one process reaches");
        CheckShared(NodeParts.Log, "a log that only one process reaches: events that other silos took would never be counted");
        if (!_configuration.GetValue("Cluster:SharedData", false))
        {
            const string Remedy = "give all silos one data folder and say so (Cluster:SharedData true), or use azure-blobs";
            CheckShared(NodeParts.Reports, $"in the data folder, and each silo would have only what was written where it runs; {Remedy}");
            if (_configuration.GetValue("Lake:Enabled", true))
            {
                CheckShared(NodeParts.Lake, $"in the data folder, and each silo would have a part of it; {Remedy}, or keep no lake (Lake:Enabled false)");
            }
        }

        void CheckShared(NodePart part, string why)
        {
            if (_chosen.TryGetValue(part, out var kind) && !kind.IsShared)
            {
                _errors.Add($"{part.Setting} {kind.Name} does not go with {NodeParts.Cluster.Setting} {cluster.Name}: it is {why}");
            }
        }
    }
}
