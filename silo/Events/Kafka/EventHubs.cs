using System.Data.Common;
using Azure.Core;
using Azure.Identity;
using Confluent.Kafka;

namespace OrleansAnalytics.Events;

/// <summary>What Azure Event Hubs' Kafka endpoint needs: its broker by connection string, and tokens of Microsoft Entra ID.</summary>
internal static class EventHubs
{
    /// <summary>The user's name with which a connection string is the password.</summary>
    public const string ConnectionStringUser = "$ConnectionString";
    private const int Port = 9093;

    /// <summary>Finds the broker that a connection string names.</summary>
    public static bool TryBroker(string connectionString, out string broker)
    {
        broker = "";
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
            if (parts.TryGetValue("Endpoint", out var endpoint)
                && (parts.ContainsKey("SharedAccessKey") || parts.ContainsKey("SharedAccessSignature"))
                && Uri.TryCreate((string)endpoint, UriKind.Absolute, out var uri)
                && uri.Scheme == "sb")
            {
                broker = $"{uri.Host}:{Port}";
            }
        }
        catch (ArgumentException)
        {
            // No connection string at all.
        }

        return broker.Length > 0;
    }

    /// <summary>Gives a client tokens for the namespace of a broker whenever it asks for one.</summary>
    public static Action<IClient, string> Tokens(string bootstrapServers, TokenCredential? credential = null)
    {
        var host = bootstrapServers.Split(',')[0].Split(':')[0].Trim();
        var source = credential ?? new DefaultAzureCredential();
        var context = new TokenRequestContext([$"https://{host}/.default"]);
        return (client, _) =>
        {
            try
            {
                var token = source.GetToken(context, CancellationToken.None);
                client.OAuthBearerSetToken(token.Token, token.ExpiresOn.ToUnixTimeMilliseconds(), host);
            }
            catch (Exception exception)
            {
                client.OAuthBearerSetTokenFailure(exception.Message);
            }
        };
    }
}
