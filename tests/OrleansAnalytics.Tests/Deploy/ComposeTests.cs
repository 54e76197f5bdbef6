using OrleansAnalytics.Tests.House;
using Xunit;

namespace OrleansAnalytics.Tests.Deploy;

/// <summary>The cluster of <c>deploy/compose.yaml</c>: what can be checked without containers.</summary>
public sealed class ComposeTests
{
    private const string File = "deploy/compose.yaml";

    private static Yaml Compose => Yaml.Read(File).Single();

    private static IEnumerable<Yaml> Silos => Compose.Map("services").Keys.Where(name => name.StartsWith("silo", StringComparison.Ordinal)).Select(Compose.Map("services").Map);

    [Fact]
    public void There_are_three_silos_on_ports_of_their_own_on_loopback()
    {
        var ports = Silos.Select(silo => Assert.Single(silo.Strings("ports"))).ToList();
        Assert.Equal(3, ports.Distinct().Count());
        Assert.All(ports, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_else_is_published() =>
        Assert.All(Compose.Map("services").Keys.Where(name => !name.StartsWith("silo", StringComparison.Ordinal)), name => Assert.False(Compose.Map("services").Map(name).Has("ports"), name));

    [Fact]
    public void What_a_silo_needs_is_there_and_is_built_from_a_file_that_is_there() => Assert.All(Silos, silo =>
    {
        Assert.All(silo.Map("depends_on").Keys, name => Assert.True(Compose.Map("services").Has(name), name));
        Assert.True(Repository.Has(silo.Map("build").Text("dockerfile")));
    });

    [Fact]
    public void Volumes_that_are_named_are_there() => Assert.All(
        Compose.Map("services").Keys.SelectMany(name => Compose.Map("services").Map(name).Strings("volumes")),
        volume => Assert.True(Compose.Map("volumes").Has(volume.Split(':')[0]), volume));

    [Fact]
    public void The_silos_settings_and_arguments_are_known() => Assert.All(Silos, silo =>
    {
        Assert.All(silo.Map("environment").Keys, DeployedSettings.Check);
        DeployedSettings.CheckArguments(silo.Strings("command"));
    });

    [Fact]
    public void Every_silo_tells_the_others_its_own_name() => Assert.All(Silos, silo =>
    {
        var command = silo.Strings("command").ToList();
        Assert.Equal(silo.Text("hostname"), command[command.IndexOf("--advertise") + 1]);
    });

    [Fact]
    public void The_tables_are_made_before_a_silo_starts()
    {
        Assert.All(Silos, silo => Assert.Equal("service_completed_successfully", silo.Map("depends_on").Map("schema").Text("condition")));
        var schema = Compose.Map("services").Map("schema");
        Assert.All(schema.Map("environment").Keys, DeployedSettings.Check);
        DeployedSettings.CheckArguments(schema.Strings("command"));
        Assert.Equal(schema.Map("environment").Text("PostgreSql__ConnectionString"), Silos.First().Map("environment").Text("PostgreSql__ConnectionString"));
    }
}
