using System.Net;
using OrleansAnalytics.Hosting.Profiles;

namespace OrleansAnalytics.Hosting;

/// <summary>What the command line decides about a silo.</summary>
public sealed record SiloSettings
{
    /// <summary>The environment variable that holds the API key.</summary>
    public const string ApiKeyVariable = "ORLEANS_ANALYTICS_API_KEY";

    /// <summary>The folder with the log, the state and the report snapshots. Created if missing.</summary>
    public required string DataFolder { get; init; }

    /// <summary>Where HTTP listens, separated by semicolons. Port 0 takes a free one.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>The key that requests must carry; null asks for none, which is only allowed on loopback.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The profile: what the parts are where no setting says so.</summary>
    public string Profile { get; init; } = SiloProfile.Default;

    /// <summary>The IP address, or the host name with it, on which Orleans' own ports listen and that other silos are told; null stays on loopback. Nothing encrypts or guards what passes there.</summary>
    public string? Advertise { get; init; }

    /// <summary>Orleans' own port between silos; 0 takes a free one.</summary>
    public int SiloPort { get; init; }

    /// <summary>Where Orleans listens for silos, if <see cref="SiloPort"/> is a port of something before it that passes connections on; 0 is the same port.</summary>
    public int SiloListenPort { get; init; }

    /// <summary>Where Orleans clients connect; 0 takes a free port.</summary>
    public int GatewayPort { get; init; }

    /// <summary>Further configuration in the form of command-line arguments (<c>--Partitions:ChunkBytes 1048576</c>).</summary>
    public IReadOnlyList<string> Configuration { get; init; } = [];

    /// <summary>Log lines of this level and above are shown.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Warning;

    /// <summary>Why these settings cannot be used; empty if they can.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        foreach (var url in Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                errors.Add($"'{url}' is not a URL to listen on; an example is http://127.0.0.1:8080");
            }
            else if (!IsLoopback(uri) && string.IsNullOrEmpty(ApiKey))
            {
                errors.Add($"{url} can be reached from other machines, and no key is set: set {ApiKeyVariable}, or listen on 127.0.0.1");
            }
        }

        if (!SiloProfile.Names.Contains(Profile, StringComparer.OrdinalIgnoreCase))
        {
            errors.Add($"there is no profile '{Profile}'; there are {string.Join(", ", SiloProfile.Names)}");
        }

        if (Advertise is not null && AdvertisedAddress.Find(Advertise) is null)
        {
            errors.Add($"--advertise is '{Advertise}'; it must be an IP address of this machine that the other silos reach, or a host name that has one");
        }

        (string Name, int Port)[] ports = [("--silo-port", SiloPort), ("--silo-listen-port", SiloListenPort), ("--gateway-port", GatewayPort)];
        errors.AddRange(ports.Where(one => one.Port is < 0 or > IPEndPoint.MaxPort).Select(one => $"{one.Name} is {one.Port}; ports go from 0 to {IPEndPoint.MaxPort}"));
        if (SiloListenPort != 0 && SiloPort == 0)
        {
            errors.Add("--silo-listen-port needs --silo-port: the port that other silos are told");
        }

        if (ApiKey is { Length: > 0 and < 16 })
        {
            errors.Add($"{ApiKeyVariable} is shorter than 16 characters");
        }

        return errors;
    }

    private static bool IsLoopback(Uri uri) =>
        uri.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
