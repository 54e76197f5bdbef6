using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Hosting.Profiles;

/// <summary>Where the state of entities, checkpoints and dead letters are kept.</summary>
public sealed class StorageOptions
{
    /// <summary>Which store: <c>rocksdb</c> in the data folder, <c>postgres</c>, or <c>azure-tables</c>. Default rocksdb, or what the profile says.</summary>
    public string State { get; set; } = "rocksdb";
}

/// <summary>Checks <see cref="StorageOptions"/>. What the kinds are is checked where they are plugged in.</summary>
public sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StorageOptions options) =>
        string.IsNullOrWhiteSpace(options.State) ? ValidateOptionsResult.Fail("Storage:State must name a store") : ValidateOptionsResult.Success;
}
