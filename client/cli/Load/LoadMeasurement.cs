using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrleansAnalytics.Cli;

/// <summary>What one process measured on one server, and the sum of several: of processes beside each other, rates add up and latencies are counted together.</summary>
internal sealed record LoadMeasurement
{
    /// <summary>What was to be done.</summary>
    public required LoadPlan Plan { get; init; }

    /// <summary>Where: the server's address; several, separated by commas, of a sum.</summary>
    public required string Server { get; init; }

    /// <summary>It was ended before its time.</summary>
    public bool Stopped { get; init; }

    /// <summary>Events that were acknowledged, the rejected ones included.</summary>
    public long Acknowledged { get; init; }

    /// <summary>Events of these that went to the dead letters.</summary>
    public long Rejected { get; init; }

    /// <summary>Tries that were repeated, by what they were answered.</summary>
    public IReadOnlyDictionary<string, long> Refusals { get; init; } = new Dictionary<string, long>();

    /// <summary>Batches that failed for good, by reason.</summary>
    public IReadOnlyDictionary<string, long> Errors { get; init; } = new Dictionary<string, long>();

    /// <summary>Lookups that failed, by reason.</summary>
    public IReadOnlyDictionary<string, long> LookupErrors { get; init; } = new Dictionary<string, long>();

    /// <summary>Batches that no connection was free for.</summary>
    public long BatchesNeverBegun { get; init; }

    /// <summary>Lookups that no connection was free for.</summary>
    public long LookupsNeverBegun { get; init; }

    /// <summary>From the start to the last acknowledgement.</summary>
    public TimeSpan Sending { get; init; }

    /// <summary>For how long journeys were asked for.</summary>
    public TimeSpan Asking { get; init; }

    /// <summary>Seconds of CPU of the loading programs.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>See <see cref="LoadRun.Batches"/>.</summary>
    [JsonConverter(typeof(HistogramJson))]
    public LatencyHistogram Batches { get; init; } = new();

    /// <summary>See <see cref="LoadRun.Visible"/>.</summary>
    [JsonConverter(typeof(HistogramJson))]
    public LatencyHistogram Visible { get; init; } = new();

    /// <summary>See <see cref="LoadRun.Journeys"/>.</summary>
    [JsonConverter(typeof(HistogramJson))]
    public LatencyHistogram Lookups { get; init; } = new();

    /// <summary>Events acknowledged a second.</summary>
    public double EventsPerSecond => PerSecond(Acknowledged, Sending);

    /// <summary>Lookups answered a second.</summary>
    public double LookupsPerSecond => PerSecond(Lookups.Count - LookupsNeverBegun, Asking);

    /// <summary>What processes beside each other measured, as one.</summary>
    public static LoadMeasurement Sum(LoadPlan plan, IReadOnlyCollection<LoadMeasurement> parts)
    {
        var sum = new LoadMeasurement
        {
            Plan = plan,
            Server = string.Join(", ", parts.Select(part => part.Server).Distinct()),
            Stopped = parts.Any(part => part.Stopped),
            Acknowledged = parts.Sum(part => part.Acknowledged),
            Rejected = parts.Sum(part => part.Rejected),
            Refusals = Add(parts.Select(part => part.Refusals)),
            Errors = Add(parts.Select(part => part.Errors)),
            LookupErrors = Add(parts.Select(part => part.LookupErrors)),
            BatchesNeverBegun = parts.Sum(part => part.BatchesNeverBegun),
            LookupsNeverBegun = parts.Sum(part => part.LookupsNeverBegun),
            Sending = parts.Select(part => part.Sending).DefaultIfEmpty().Max(),
            Asking = parts.Select(part => part.Asking).DefaultIfEmpty().Max(),
            CpuSeconds = parts.Sum(part => part.CpuSeconds),
        };
        foreach (var part in parts)
        {
            sum.Batches.Add(part.Batches);
            sum.Visible.Add(part.Visible);
            sum.Lookups.Add(part.Lookups);
        }
        return sum;
    }

    /// <summary>One line of JSON, for the process that started this one.</summary>
    public string ToLine() => JsonSerializer.Serialize(this, LoadJson.Default.LoadMeasurement);

    /// <summary>Reads such a line.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static LoadMeasurement FromLine(string line) => JsonSerializer.Deserialize(line, LoadJson.Default.LoadMeasurement) ?? throw new JsonException("a measurement is an object");

    private static Dictionary<string, long> Add(IEnumerable<IReadOnlyDictionary<string, long>> counts) =>
        counts.SelectMany(one => one).GroupBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Value), StringComparer.Ordinal);

    private static double PerSecond(long count, TimeSpan elapsed) => elapsed > TimeSpan.Zero ? count / elapsed.TotalSeconds : 0;

    /// <summary>A histogram as the counts of its buckets; its longest latency, in microseconds, is under "max".</summary>
    internal sealed class HistogramJson : JsonConverter<LatencyHistogram>
    {
        private const string Longest = "max";

        public override LatencyHistogram Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var counts = JsonSerializer.Deserialize(ref reader, LoadJson.Default.DictionaryStringInt64) ?? throw new JsonException("a histogram is an object");
            counts.Remove(Longest, out var max);
            var histogram = new LatencyHistogram();
            histogram.Add(counts.ToDictionary(pair => int.Parse(pair.Key, System.Globalization.CultureInfo.InvariantCulture), pair => pair.Value), TimeSpan.FromMicroseconds(max));
            return histogram;
        }

        public override void Write(Utf8JsonWriter writer, LatencyHistogram value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            foreach (var (bucket, count) in value.Buckets())
                writer.WriteNumber(bucket.ToString(System.Globalization.CultureInfo.InvariantCulture), count);
            writer.WriteNumber(Longest, value.Max.Ticks / TimeSpan.TicksPerMicrosecond);
            writer.WriteEndObject();
        }
    }
}

[JsonSerializable(typeof(LoadMeasurement))]
[JsonSerializable(typeof(Dictionary<string, long>))]
internal sealed partial class LoadJson : JsonSerializerContext;
