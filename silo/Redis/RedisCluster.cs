using Orleans.Clustering.Redis;
using Orleans.Configuration;
using OrleansAnalytics.Hosting;
using OrleansAnalytics.Hosting.Profiles;
using StackExchange.Redis;

namespace OrleansAnalytics.Redis;

/// <summary>
/// Membership and reminders in Redis, by Orleans' own providers. Members are in the key <c>SERVICE/members/CLUSTER</c>, reminders in <c>SERVICE/reminders</c>; neither ever expires.
/// </summary>
internal static class RedisCluster
{
    /// <summary>Adds membership and reminders.</summary>
    public static void AddTo(ISiloBuilder silo, SiloSettings settings)
    {
        SharedMembership.AddTo(silo, settings);
        silo.UseRedisClustering(_ => { });
        silo.Services.AddOptions<RedisClusteringOptions>().Configure<RedisConnection>((options, redis) =>
            (options.ConfigurationOptions, options.CreateMultiplexer) = (redis.Configuration, _ => OursAsync(redis)));
        silo.UseRedisReminderService(_ => { });
        silo.Services.AddOptions<RedisReminderTableOptions>().Configure<RedisConnection>((options, redis) =>
            (options.ConfigurationOptions, options.CreateMultiplexer) = (redis.Configuration, _ => OursAsync(redis)));
    }

    // One for both, which neither of them closes.
    private static async Task<(IConnectionMultiplexer Multiplexer, bool IsShared)> OursAsync(RedisConnection redis) => (await redis.GetAsync(), true);
}
