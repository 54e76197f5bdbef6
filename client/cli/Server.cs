using System.CommandLine;
using OrleansAnalytics.Client;

namespace OrleansAnalytics.Cli;

/// <summary>The option that says which server is meant.</summary>
internal static class Server
{
    public static Option<Uri> Option() => new("--url")
    {
        Description = "The server.",
        HelpName = "URL",
        DefaultValueFactory = _ => new Uri(Environment.GetEnvironmentVariable("ORLEANS_ANALYTICS_URL") is { Length: > 0 } url ? url : "http://127.0.0.1:8080"),
        CustomParser = result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
                return url;
            result.AddError("--url takes an http or https address.");
            return null;
        },
    };

    /// <summary>A client for sending: patient.</summary>
    public static AnalyticsClient ForSending(Uri url) => new(new AnalyticsClientOptions { BaseAddress = url });

    /// <summary>A client for questions: somebody waits at the terminal.</summary>
    public static AnalyticsClient ForQuestions(Uri url) => new(new AnalyticsClientOptions { BaseAddress = url, MaxRetries = 2 });
}
