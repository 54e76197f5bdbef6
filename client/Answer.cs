using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace OrleansAnalytics.Client;

/// <summary>Reads what a server answered.</summary>
internal static class Answer
{
    /// <exception cref="AnalyticsRequestException">It is not what was asked for: another kind of server, or a newer one.</exception>
    public static T Read<T>(byte[] body, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("null");
        }
        catch (JsonException exception)
        {
            throw new AnalyticsRequestException(HttpStatusCode.OK, "the answer is not of the expected form", exception.Message);
        }
    }
}
