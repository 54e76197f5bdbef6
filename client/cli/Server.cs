using System.CommandLine;
using OrleansAnalytics.Client;

namespace OrleansAnalytics.Cli;

/// <summary>The server that is meant, and the key it asks for. Not a record: a record would print its key.</summary>
internal sealed class Server(Uri url, string? key)
{
    /// <summary>The environment variable with the server's address.</summary>
    public const string UrlVariable = "ORLEANS_ANALYTICS_URL";

    /// <summary>The environment variable with the key, the same that the silo reads.</summary>
    public const string KeyVariable = "ORLEANS_ANALYTICS_API_KEY";

    /// <summary>Its address.</summary>
    public Uri Url => url;

    /// <summary>Its key, if there is one.</summary>
    public string? Key => key;

    /// <summary>Another server with the same key.</summary>
    public Server At(Uri other) => new(other, key);

    /// <summary>The options of a client that repeats a request so often.</summary>
    public AnalyticsClientOptions Options(int maxRetries) => new() { BaseAddress = url, ApiKey = key, MaxRetries = maxRetries };

    /// <summary>A client for sending: patient.</summary>
    public AnalyticsClient ForSending() => new(new AnalyticsClientOptions { BaseAddress = url, ApiKey = key });

    /// <summary>A client for questions: somebody waits at the terminal.</summary>
    public AnalyticsClient ForQuestions() => new(Options(2));

    /// <summary>A client for questions to the lake, which may take long and are not worth repeating.</summary>
    public AnalyticsClient ForLake(TimeSpan patience) => new(new AnalyticsClientOptions { BaseAddress = url, ApiKey = key, MaxRetries = 0, RequestTimeout = patience });
}

/// <summary>The options that say which server is meant; every verb that talks to one has them.</summary>
internal sealed class ServerOptions
{
    private readonly Option<Uri> _url = new("--url")
    {
        Description = $"The server; also from {Server.UrlVariable}. Default http://127.0.0.1:8080.",
        HelpName = "URL",
        DefaultValueFactory = _ => new Uri(Environment.GetEnvironmentVariable(Server.UrlVariable) is { Length: > 0 } url ? url : "http://127.0.0.1:8080"),
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
                return url;
            result.AddError("--url takes an http or https address.");
            return null;
        },
    };

    // No default value: help shows defaults, and this one must not be shown.
    private readonly Option<string?> _key = new("--key")
    {
        Description = $"The server's API key. Better set {Server.KeyVariable}: others can see a command line.",
        HelpName = "KEY",
    };

    /// <summary>Adds the options to a verb.</summary>
    public void AddTo(Command verb)
    {
        verb.Add(_url);
        verb.Add(_key);
    }

    /// <summary>What the command line says.</summary>
    public Server Read(ParseResult parsed) => new(
        parsed.GetRequiredValue(_url),
        parsed.GetValue(_key) ?? (Environment.GetEnvironmentVariable(Server.KeyVariable) is { Length: > 0 } key ? key : null));
}
