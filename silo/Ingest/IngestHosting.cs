using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Ingest;

/// <summary>Registers what events and dead letters over HTTP need beside the door.</summary>
public static class IngestHosting
{
    /// <summary>Adds <see cref="IngestGate"/>, <see cref="LetterReplay"/>, <see cref="DeadLetterSweep"/>, and the server's own limits of memory.</summary>
    public static IServiceCollection AddIngestOverHttp(this IServiceCollection services)
    {
        services.AddSingleton<IngestGate>();
        services.AddSingleton<LetterReplay>();
        services.AddSingleton<DeadLetterSweep>();
        services.AddHostedService(provider => provider.GetRequiredService<DeadLetterSweep>());
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<IngestOptions>>((kestrel, ingest) =>
        {
            kestrel.Limits.MaxRequestBufferSize = ingest.Value.ConnectionBufferBytes;
            kestrel.Limits.MaxConcurrentConnections = ingest.Value.MaxConnections;
        });
        return services;
    }
}
