using System.Xml.Linq;
using Xunit;

namespace OrleansAnalytics.Tests.House;

/// <summary>client → grain-interfaces ← grains ← silo; tests may use everything.</summary>
public sealed class ProjectArrowTests
{
    private const string Interfaces = "grain-interfaces/OrleansAnalytics.GrainInterfaces.csproj";
    private const string Grains = "grains/OrleansAnalytics.Grains.csproj";
    private const string Silo = "silo/OrleansAnalytics.Silo.csproj";
    private const string Client = "client/OrleansAnalytics.Client.csproj";
    private const string Cli = "client/cli/OrleansAnalytics.Cli.csproj";
    private const string Lake = "client/lake/OrleansAnalytics.Lake.csproj";
    private const string Generator = "client/generator/OrleansAnalytics.Generator.csproj";

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        [Interfaces] = [],
        [Generator] = [],
        [Client] = [Interfaces],
        [Lake] = [Interfaces],
        [Cli] = [Client, Generator, Lake],
        [Grains] = [Interfaces],
        [Silo] = [Generator, Lake, Grains],
    };

    // Everything else that a project could take is infrastructure (a database, a broker, files, a web server), and that is the silo's.
    private static readonly Dictionary<string, string[]> Packages = new()
    {
        [Interfaces] = ["Microsoft.Orleans.Sdk"],
        [Generator] = [],
        [Client] = ["Microsoft.Orleans.Client"],
        [Lake] = ["DuckDB.NET.Data.Full", "Parquet.Net", "System.IO.Hashing"],
        [Cli] = ["Spectre.Console", "System.CommandLine"],
        [Grains] =
        [
            "Microsoft.CodeAnalysis.BannedApiAnalyzers", "Microsoft.Orleans.Reminders", "Microsoft.Orleans.Runtime", "Microsoft.Orleans.Sdk",
            "System.IO.Hashing",
        ],
    };

    [Fact]
    public void Projects_reference_only_what_the_layout_allows() =>
        Assert.All(Projects(), project => Assert.Equal(
            Arrows.TryGetValue(project, out var allowed) ? allowed : [$"{project} is not in the layout: say in {nameof(ProjectArrowTests)} what it may use"],
            Items(project, "ProjectReference").Select(reference => Resolve(project, reference)).Order(StringComparer.Ordinal)));

    [Fact]
    public void Every_project_of_the_layout_exists() => Assert.Equal(Arrows.Keys.Order(StringComparer.Ordinal), Projects());

    [Fact]
    public void Infrastructure_packages_are_used_by_the_silo_only() =>
        Assert.All(Packages.Keys, project => Assert.Empty(Items(project, "PackageReference").Except(Packages[project])));

    [Fact]
    public void Grains_and_contracts_use_no_web_framework() =>
        Assert.All(Packages.Keys, project => Assert.Empty(Items(project, "FrameworkReference")));

    private static IEnumerable<string> Projects() => Repository.Files(".csproj").Where(project => !project.StartsWith("tests/", StringComparison.Ordinal));

    private static IEnumerable<string> Items(string project, string kind) =>
        XDocument.Parse(Repository.Read(project)).Descendants(kind).Select(item => item.Attribute("Include")!.Value);

    private static string Resolve(string project, string reference) =>
        Path.GetRelativePath(Repository.Root, Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(project)!, reference.Replace('\\', '/')))).Replace('\\', '/');
}
