using OrleansAnalytics.Tests.House;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace OrleansAnalytics.Tests.Deploy;

/// <summary>A YAML mapping, with merge keys and anchors resolved.</summary>
internal sealed class Yaml(IReadOnlyDictionary<object, object?> map)
{
    /// <summary>The keys.</summary>
    public IEnumerable<string> Keys => map.Keys.Select(key => (string)key);

    /// <summary>The mappings of a file of the repository, one for each document.</summary>
    public static IReadOnlyList<Yaml> Read(string file)
    {
        var parser = new MergingParser(new Parser(new StringReader(Repository.Read(file))));
        var deserializer = new DeserializerBuilder().Build();
        var documents = new List<Yaml>();
        parser.Consume<YamlDotNet.Core.Events.StreamStart>();
        while (parser.Accept<YamlDotNet.Core.Events.DocumentStart>(out _))
        {
            documents.Add(new Yaml(deserializer.Deserialize<Dictionary<object, object?>>(parser)));
        }

        return documents;
    }

    /// <summary>True if there is such a key.</summary>
    public bool Has(string key) => map.ContainsKey(key);

    /// <summary>The mapping under a key.</summary>
    public Yaml Map(string key) => new((IReadOnlyDictionary<object, object?>)map[key]!);

    /// <summary>The text under a key.</summary>
    public string Text(string key) => (string)map[key]!;

    /// <summary>The texts of a list; none if there is no such key.</summary>
    public IEnumerable<string> Strings(string key) => map.TryGetValue(key, out var list) ? ((IEnumerable<object>)list!).OfType<string>() : [];

    /// <summary>One text of each mapping of a list; none if there is no such key.</summary>
    public IEnumerable<string> Strings(string key, string inner) =>
        map.TryGetValue(key, out var list) ? ((IEnumerable<object>)list!).OfType<IReadOnlyDictionary<object, object?>>().Select(one => (string)one[inner]!) : [];
}
