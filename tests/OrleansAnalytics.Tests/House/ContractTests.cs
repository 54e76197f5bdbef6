using System.Reflection;
using OrleansAnalytics.Partitions;
using OrleansAnalytics.Tests.Formats;
using Xunit;

namespace OrleansAnalytics.Tests.House;

/// <summary>Names on the wire and on disk are for ever, so they are given and never derived from the names of types and members.</summary>
public sealed class ContractTests
{
    private static readonly Assembly Interfaces = typeof(IEntityGrain).Assembly;
    private static readonly Assembly Grains = typeof(PartitionGrain).Assembly;

    private static IEnumerable<Type> Serialised =>
        Interfaces.GetTypes().Concat(Grains.GetTypes()).Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null);

    // Grain services are addressable too: what silos say to each other without a grain.
    private static IEnumerable<Type> GrainInterfaces => Interfaces.GetTypes().Concat(Grains.GetTypes()).Where(type => type.IsInterface && type.IsAssignableTo(typeof(IAddressable)));

    private static IEnumerable<Type> GrainClasses => Grains.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(IGrainBase)));

    [Fact]
    public void There_are_contracts_to_check()
    {
        Assert.True(Serialised.Count() > 20, "serialised types");
        Assert.True(GrainInterfaces.Count() > 6, "grain interfaces");
        Assert.True(GrainClasses.Count() > 6, "grain classes");
    }

    [Fact]
    public void Every_serialised_type_has_an_alias_of_its_own()
    {
        Assert.DoesNotContain(Serialised, type => type.GetCustomAttribute<AliasAttribute>() is null);
        Assert.Empty(Repeated(Serialised.Concat(GrainInterfaces).Select(type => type.GetCustomAttribute<AliasAttribute>()!.Alias)));
    }

    [Fact]
    public void Every_stored_member_of_a_serialised_type_has_an_id_of_its_own() => Assert.All(Serialised, type =>
    {
        var stored = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public).Select(field => Member(type, field)).ToList();
        Assert.Empty(stored.Where(member => member.GetCustomAttribute<IdAttribute>() is null).Select(member => $"{type}.{member.Name}"));
        Assert.Empty(Repeated(stored.Select(member => $"{type}: id {member.GetCustomAttribute<IdAttribute>()!.Id}")));
    });

    [Fact]
    public void Every_grain_interface_and_each_of_its_methods_has_an_alias() => Assert.All(GrainInterfaces, grain =>
    {
        Assert.NotNull(grain.GetCustomAttribute<AliasAttribute>());
        Assert.Empty(grain.GetMethods().Where(method => method.GetCustomAttribute<AliasAttribute>() is null).Select(method => $"{grain.Name}.{method.Name}"));
        Assert.Empty(Repeated(grain.GetMethods().Select(method => method.GetCustomAttribute<AliasAttribute>()!.Alias)));
    });

    [Fact]
    public void Every_grain_class_has_a_grain_type_of_its_own()
    {
        Assert.DoesNotContain(GrainClasses, type => type.GetCustomAttribute<GrainTypeAttribute>() is null);
        Assert.Equal(
            GrainClasses.Count(),
            GrainClasses.Select(type => type.GetCustomAttributesData().Single(data => data.AttributeType == typeof(GrainTypeAttribute)).ConstructorArguments[0].Value).Distinct().Count());
    }

    [Fact]
    public void The_contracts_are_those_of_the_manifest()
    {
        const string Path = "tests/OrleansAnalytics.Tests/House/contracts.txt";
        var now = ContractManifest.Of(Serialised, GrainInterfaces, GrainClasses);
        var manifest = ContractManifest.Parse(Repository.Has(Path) ? Repository.Read(Path) : "");
        var (broken, added) = (ContractManifest.Broken(manifest, now), ContractManifest.Added(manifest, now));
        Assert.True(
            broken.Count == 0,
            $"BREAKS programs of other versions, which cannot understand this one any more. A member or method that is not used stays; what changes gets a new id or alias. "
            + $"If no other version can be running, edit {Path} by hand:\n{string.Join('\n', broken)}");
        if (added.Count > 0 && Environment.GetEnvironmentVariable(FormatTests.WriteVariable) == "1")
        {
            File.WriteAllText(System.IO.Path.Combine(Repository.Root, Path), string.Concat(now.Select(line => $"{line.Key} = {line.Value}\n")));
            return;
        }

        Assert.True(added.Count == 0, $"Additions, which break nothing: run the tests with {FormatTests.WriteVariable}=1 to put them into {Path}:\n{string.Join('\n', added)}");
    }

    [Fact]
    public void A_manifest_tells_what_breaks_from_what_is_new()
    {
        var manifest = ContractManifest.Parse("type a = class\ntype a member   0 = Int32\ntype a member   1 = String\n");
        var now = ContractManifest.Parse("type a = class\ntype a member   0 = Int64\ntype a member   2 = String\n");
        Assert.Equal(["- type a member   0 = Int32", "+ type a member   0 = Int64", "- type a member   1 = String"], ContractManifest.Broken(manifest, now));
        Assert.Equal(["+ type a member   2 = String"], ContractManifest.Added(manifest, now));
        Assert.Empty(ContractManifest.Broken(now, now).Concat(ContractManifest.Added(now, now)));
    }

    [Fact]
    public void Numbers_of_serialised_enums_are_written_down()
    {
        var enums = Interfaces.GetTypes().Where(type => type is { IsEnum: true, IsPublic: true });
        Assert.All(enums, type => Assert.Matches($@"enum {type.Name}(?s:[^}}]*?)= \d", string.Join('\n', Repository.Files(".cs").Where(file => file.StartsWith("grain-interfaces/", StringComparison.Ordinal)).Select(Repository.Read))));
    }

    private static MemberInfo Member(Type type, FieldInfo field) =>
        field.Name.StartsWith('<') ? type.GetProperty(field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)], BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public)! : field;

    private static IEnumerable<string> Repeated(IEnumerable<string> names) => names.GroupBy(name => name).Where(group => group.Count() > 1).Select(group => group.Key);
}
