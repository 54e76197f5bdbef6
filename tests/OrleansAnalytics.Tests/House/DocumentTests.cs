using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using OrleansAnalytics.Cli;
using OrleansAnalytics.Hosting;
using Xunit;

namespace OrleansAnalytics.Tests.House;

/// <summary>What the documents promise is there.</summary>
public sealed partial class DocumentTests
{
    private const int MostLinesOfTheReadme = 150;
    private const string RunSilo = "dotnet run -c Release --project silo";
    private const string RunCli = "dotnet run -c Release --project client/cli -- ";

    private static readonly string Readme = Repository.Read("README.md");

    private static IEnumerable<string> Commands =>
        Fence().Matches(Readme).SelectMany(fence => fence.Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            .Select(command => Variable().Replace(command, ""));

    [Fact]
    public void The_readme_is_short_and_has_the_two_commands()
    {
        Assert.InRange(Readme.Split('\n').Length, 1, MostLinesOfTheReadme);
        Assert.Contains($"{RunSilo} -- demo --exit", Commands);
        Assert.Contains("bash tests/run.sh", Commands);
    }

    [Fact]
    public void Every_command_of_the_readme_is_understood() => Assert.All(Commands, command =>
    {
        if (command.StartsWith(RunCli, StringComparison.Ordinal))
        {
            // What a reader has by then is not here.
            Assert.DoesNotContain(CommandLine.Root().Parse(command[RunCli.Length..]).Errors, error => !error.Message.StartsWith("there is no folder", StringComparison.Ordinal));
        }
        else if (command.StartsWith(RunSilo, StringComparison.Ordinal))
        {
            var arguments = command[RunSilo.Length..].Trim();
            var parsed = SiloCommandLine.Create().Parse(arguments.StartsWith("-- ", StringComparison.Ordinal) ? arguments[3..] : arguments);
            Assert.Empty(parsed.Errors);
            Assert.All(parsed.UnmatchedTokens, token => Assert.False(token.StartsWith('-') && !token.Contains(':', StringComparison.Ordinal), token));
        }
        else if (command.StartsWith("bash ", StringComparison.Ordinal))
        {
            Assert.True(Repository.Has(command.Split(' ')[1]), command);
        }
        else
        {
            Assert.StartsWith("curl ", command, StringComparison.Ordinal);
        }
    });

    [Fact]
    public void Every_variable_of_the_readme_is_read_somewhere()
    {
        var sources = Repository.Files(".cs").Where(file => !file.EndsWith("/DocumentTests.cs", StringComparison.Ordinal)).Select(Repository.Read).ToList();
        var variables = NamedVariable().Matches(Readme).Select(match => match.Value).Distinct().ToList();
        Assert.NotEmpty(variables);
        Assert.All(variables, variable => Assert.Contains(sources, source => source.Contains($"\"{variable}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Every_address_of_the_readme_is_served()
    {
        var folder = Directory.CreateTempSubdirectory("readme-");
        await using var app = SiloHost.Build(new SiloSettings { DataFolder = folder.FullName, Urls = "http://127.0.0.1:0" });
        var routes = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(endpoint => Regex.Replace(Regex.Escape(endpoint.RoutePattern.RawText!.Trim('/')), @"/\\\{\\\*[^}]*}$", "(/.*)?"))
            .Select(route => "^/?" + Regex.Replace(route, @"\\\{[^}]*}", "[^/]+") + "/?$").ToList();
        var paths = Address().Matches(Readme).Select(match => match.Groups[1].Value.TrimEnd('.', ',')).Where(path => path.Length > 1).ToList();
        Assert.True(paths.Count >= 10, "addresses in the README");
        Assert.All(paths, path => Assert.Contains(routes, route => Regex.IsMatch(path, route)));
        folder.Delete(recursive: true);
    }

    [Fact]
    public void Every_link_leads_somewhere() => Assert.All(Documents(), document =>
    {
        var folder = Path.GetDirectoryName(document)!;
        var links = Link().Matches(Repository.Read(document)).Select(match => match.Groups[1].Value).Where(link => !link.StartsWith("http", StringComparison.Ordinal));
        Assert.Empty(links.Where(link => !Repository.Has(Path.Combine(folder, link))).Select(link => $"{document}: {link}"));
    });

    [Fact]
    public void Every_file_that_a_document_names_exists() => Assert.All(Documents(), document =>
        Assert.Empty(NamedFile().Matches(Repository.Read(document)).Select(match => match.Groups[1].Value).Where(file => !Repository.Has(file)).Select(file => $"{document}: {file}")));

    [Fact]
    public void Every_decision_is_dated_and_says_context_decision_and_consequences() => Assert.All(
        Documents().Where(document => document.StartsWith("grains/decisions/", StringComparison.Ordinal)),
        document => Assert.Matches(@"(?s)^# \d{4} .*\n20\d\d-\d\d-\d\d\n.*\n## Context\n.*\n## Decision\n.*\n## Consequences\n", Repository.Read(document)));

    private static IReadOnlyList<string> Documents() => Repository.Files(".md");

    [GeneratedRegex(@"```bash\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("^(?:[A-Z_]+=[^ ]+ )+")]
    private static partial Regex Variable();

    [GeneratedRegex("ORLEANS_ANALYTICS_[A-Z_]+[A-Z]")]
    private static partial Regex NamedVariable();

    [GeneratedRegex(@"http://127\.0\.0\.1:8080(/[^\s'?`)]*)")]
    private static partial Regex Address();

    [GeneratedRegex(@"\]\(([^)#\s]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"`((?:tests|silo|grains|grain-interfaces|client|deploy)/[\w./-]+\.\w+)`")]
    private static partial Regex NamedFile();
}
