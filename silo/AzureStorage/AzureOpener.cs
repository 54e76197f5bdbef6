namespace OrleansAnalytics.AzureStorage;

/// <summary>Creates the tables and containers that are needed and not there; being first, it also tells at start that the account cannot be used.</summary>
internal sealed class AzureOpener(AzureConnection connection, IEnumerable<IAzureNeed> needs) : IHostedService
{
    /// <inheritdoc/>
    /// <exception cref="IOException">The service does not answer, or refuses.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var table in needs.SelectMany(need => need.Tables).Distinct())
            {
                await connection.Table(table).CreateIfNotExistsAsync(cancellationToken);
            }

            foreach (var container in needs.SelectMany(need => need.Containers).Distinct())
            {
                await connection.Container(container).CreateIfNotExistsAsync(cancellationToken: cancellationToken);
            }
        }
        catch (Exception exception) when (AzureFailure.IsOfStorage(exception, cancellationToken))
        {
            throw AzureFailure.Explain(exception, "the storage account cannot be used");
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
