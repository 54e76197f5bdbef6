using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Redis;

/// <summary>Registers what is kept in Redis.</summary>
public static class RedisHosting
{
    /// <summary>Adds the connection, and its check at start. Set <see cref="RedisOptions"/>; they are checked at start. More than once is the same as once.</summary>
    public static IServiceCollection AddRedis(this IServiceCollection services)
    {
        services.AddOptions<RedisOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RedisOptions>, RedisOptionsValidator>());
        services.TryAddSingleton(provider => new RedisConnection(provider.GetRequiredService<IOptions<RedisOptions>>().Value, provider.GetService<ILogger<RedisConnection>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RedisCheck>());
        return services;
    }
}
