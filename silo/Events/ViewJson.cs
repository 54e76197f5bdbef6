using System.Text.Encodings.Web;
using System.Text.Json;

namespace OrleansAnalytics.Events;

/// <summary>How contract records become JSON: camelCase, kinds by their wire names, times in UTC.</summary>
internal static class ViewJson
{
    /// <summary>The options; kinds and money bring their own converters.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        options.Converters.Add(new EventTimeJsonConverter());
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
