using Microsoft.Extensions.Options;

namespace OrleansAnalytics.Hosting;

/// <summary>Where this node keeps its state. Where the lake and the snapshots are is said by <c>Lake:Kind</c> and <c>Reports:Kind</c>.</summary>
public sealed class StorageOptions
{
    /// <summary>Entities, checkpoints and dead letters: <c>embedded</c> in the data folder, or in <c>azure-tables</c>. Default embedded.</summary>
    public string State { get; set; } = StorageKinds.Embedded;
}

/// <summary>Checks <see cref="StorageOptions"/>.</summary>
public sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StorageOptions options) => options.State is StorageKinds.Embedded or StorageKinds.AzureTables
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"Storage:State must be {StorageKinds.Embedded} or {StorageKinds.AzureTables}");
}
