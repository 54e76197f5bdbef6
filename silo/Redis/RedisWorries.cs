namespace OrleansAnalytics.Redis;

/// <summary>Settings of a Redis that is used as a cache elsewhere, and would forget members and reminders here.</summary>
internal static class RedisWorries
{
    /// <summary>What of them could lose something, a line each.</summary>
    /// <param name="info">The server's answer to <c>INFO</c>: <c>name:value</c> lines. What it does not say is not worried about.</param>
    public static IReadOnlyList<string> In(string info)
    {
        var told = info.Split('\n').Select(line => line.Trim().Split(':', 2)).Where(pair => pair.Length == 2).DistinctBy(pair => pair[0]).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        var worries = new List<string>();
        if (told.GetValueOrDefault("aof_enabled") == "0")
        {
            worries.Add("keeps no append-only file: members and reminders of its last minutes, or all, are gone when it restarts; set appendonly yes");
        }

        if (told.GetValueOrDefault("maxmemory_policy") is { } policy && policy.StartsWith("allkeys-", StringComparison.Ordinal) && told.GetValueOrDefault("maxmemory") is not (null or "0"))
        {
            worries.Add($"may drop any key when its memory is full (maxmemory-policy {policy}), members and reminders too; set maxmemory-policy noeviction");
        }

        return worries;
    }
}
