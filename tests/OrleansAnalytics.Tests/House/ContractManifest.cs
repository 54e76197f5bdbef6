using System.Globalization;
using System.Reflection;

namespace OrleansAnalytics.Tests.House;

/// <summary>Everything that one process sends another or finds in a key, one line each: <c>what = how</c>. Members of types are known by their ids and may have other names.</summary>
internal static class ContractManifest
{
    /// <summary>The lines, sorted.</summary>
    public static SortedDictionary<string, string> Of(IEnumerable<Type> serialised, IEnumerable<Type> interfaces, IEnumerable<Type> grains)
    {
        var lines = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var enums = new HashSet<Type>();
        foreach (var type in serialised)
        {
            AddType(lines, enums, type);
        }

        foreach (var type in interfaces)
        {
            var name = $"interface {Alias(type)}";
            lines[name] = Contracts(type);
            foreach (var method in type.GetMethods())
            {
                lines[$"{name} method {Alias(method)}"] = $"({string.Join(", ", method.GetParameters().Select(one => Text(one.ParameterType, enums)))}) -> {Text(method.ReturnType, enums)}";
            }
        }

        foreach (var type in grains)
        {
            var grainType = (string)type.GetCustomAttributesData().Single(data => data.AttributeType == typeof(GrainTypeAttribute)).ConstructorArguments[0].Value!;
            lines[$"grain {grainType}"] = Contracts(type);
        }

        foreach (var type in enums)
        {
            foreach (var value in Enum.GetValues(type))
            {
                lines[$"enum {type.Name} {Convert.ToInt64(value, CultureInfo.InvariantCulture),3}"] = $"{value}";
            }
        }

        return lines;
    }

    /// <summary>Reads a manifest's text.</summary>
    public static SortedDictionary<string, string> Parse(string text) => new(
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith('#')).Select(line => line.Split(" = ", 2)).ToDictionary(parts => parts[0], parts => parts[1]),
        StringComparer.Ordinal);

    /// <summary>What would break a program of the manifest's version: lines that are gone or say something else.</summary>
    public static IReadOnlyList<string> Broken(IReadOnlyDictionary<string, string> manifest, IReadOnlyDictionary<string, string> now) =>
        [.. manifest.Where(line => now.GetValueOrDefault(line.Key) != line.Value).SelectMany(line => now.TryGetValue(line.Key, out var changed)
            ? new[] { $"- {line.Key} = {line.Value}", $"+ {line.Key} = {changed}" }
            : [$"- {line.Key} = {line.Value}"])];

    /// <summary>What is new.</summary>
    public static IReadOnlyList<string> Added(IReadOnlyDictionary<string, string> manifest, IReadOnlyDictionary<string, string> now) =>
        [.. now.Where(line => !manifest.ContainsKey(line.Key)).Select(line => $"+ {line.Key} = {line.Value}")];

    private static void AddType(SortedDictionary<string, string> lines, HashSet<Type> enums, Type type)
    {
        var name = $"type {Alias(type)}";
        lines[name] = type.IsValueType ? "struct" : "class";
        var members = type.GetMembers(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
        foreach (var member in members.Where(one => one is PropertyInfo or FieldInfo))
        {
            if (member.GetCustomAttribute<IdAttribute>() is { } id)
            {
                lines[$"{name} member {id.Id,3}"] = Text(member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType, enums);
            }
        }
    }

    /// <summary>The contracts that a type fulfils.</summary>
    private static string Contracts(Type type)
    {
        var aliases = type.GetInterfaces().Where(one => one.GetCustomAttribute<AliasAttribute>() is not null).Select(Alias).Order(StringComparer.Ordinal).ToList();
        return aliases.Count == 0 ? "none of ours" : string.Join(", ", aliases);
    }

    private static string Alias(MemberInfo member) => member.GetCustomAttribute<AliasAttribute>()!.Alias;

    /// <summary>A type by its alias, else by its name, and with its arguments.</summary>
    private static string Text(Type type, HashSet<Type> enums)
    {
        if (type.IsArray)
        {
            return Text(type.GetElementType()!, enums) + "[]";
        }

        if (type.IsEnum)
        {
            enums.Add(type);
            return $"enum {type.Name}: {Enum.GetUnderlyingType(type).Name}";
        }

        var name = type.GetCustomAttribute<AliasAttribute>()?.Alias ?? type.Name.Split('`')[0];
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(one => Text(one, enums)))}>" : name;
    }
}
