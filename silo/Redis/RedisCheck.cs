namespace OrleansAnalytics.Redis;

/// <summary>A Redis that is away or refuses stops the start before anything else has begun; one that forgets is warned of.</summary>
internal sealed partial class RedisCheck(RedisConnection redis, ILogger<RedisCheck> logger) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        foreach (var worry in await redis.WorriesAsync())
        {
            LogWorry(redis.Name, worry);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Redis} {Worry}")]
    private partial void LogWorry(string redis, string worry);
}
